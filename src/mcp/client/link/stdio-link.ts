/** The way to a server over the standard input and output of a process that somebody else owns. */
import type { Exit } from "../../../supervisor/spec.ts";
import type { ConnectionLost } from "../errors.ts";
import type { Link } from "./link.ts";
import { type ServerProcess, StdioTransport, type TransportOptions } from "./stdio-transport.ts";

export function stdioLink(process: ServerProcess, options: TransportOptions = {}): Link {
  const transport = new StdioTransport(process, options);
  return {
    transport,
    lost: transport.lost,
    pid: process.pid,
    lastWords: () => process.lastWords(),
    exitAfter: (lost) => exitAfter(lost, process),
    close: () => transport.close(),
  };
}

/** A server that ended by itself with 0 is no crash, though its connection is over. */
async function exitAfter(lost: ConnectionLost, process: ServerProcess): Promise<Exit> {
  if (lost.reason === "stopped") return { kind: "shutdown" };
  if (lost.reason !== "process_ended") return { kind: "crash", error: lost };
  const { kind } = await process.exited;
  return kind === "normal" ? { kind: "normal" } : { kind: "crash", error: lost };
}
