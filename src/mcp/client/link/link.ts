/** The way to a server for the length of one session, whatever it is made of. */
import type { Transport } from "@modelcontextprotocol/client";
import type { Exit } from "../../../supervisor/spec.ts";
import type { ConnectionLost } from "../errors.ts";

/** A larger message, of whatever server, is not taken. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

export interface Link {
  readonly transport: Transport;
  /** Resolves with the reason once the session is over; never rejects. */
  readonly lost: Promise<ConnectionLost>;
  /** Of the server's process, where it is ours. */
  readonly pid?: number;
  /** The server's last lines on stderr; none where we do not see them. Not safe for a terminal. */
  lastWords(): string[];
  /** Called when the server had forgotten the session, which was begun again: its lists may be others. */
  onRenewed?: () => void;
  /** How the connection ends, as a supervised child, after this loss. */
  exitAfter(lost: ConnectionLost): Promise<Exit>;
  /** Ends the session; never rejects. The server's process is its owner's affair. */
  close(): Promise<void>;
}
