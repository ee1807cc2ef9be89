/**
 * One call with a large result, in a process of its own: prints its milliseconds and the peak of the process's memory.
 *
 *   bun bench/mcp-large.ts bare|ours|host BYTES
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openBare, openHost, openOurs } from "./mcp-clients.ts";

const RAW = join(import.meta.dir, "../tests/fixtures/mcp-servers/raw.mjs");
const CLIENTS = { bare: openBare, ours: openOurs, host: openHost };

/** In bytes; undefined where there is no /proc. */
function peakMemory(): number | undefined {
  if (process.platform !== "linux") return undefined;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024;
}

const [which = "ours", bytes = "1000000"] = process.argv.slice(2);
const open = CLIENTS[which as keyof typeof CLIENTS]; // Checked in the next line.
if (!open) throw new Error(`no client ${which}`);
const server = { name: "raw", args: [RAW, "huge", bytes], tool: "echo", arguments: { message: "" } };
const client = await open(server);
const before = peakMemory();
const startedAt = performance.now();
const length = await client.call();
const ms = performance.now() - startedAt;
if (length !== Number(bytes)) throw new Error(`${length} characters instead of ${bytes}`);
console.log(JSON.stringify({ ms, before, peak: peakMemory() }));
await client.close();
