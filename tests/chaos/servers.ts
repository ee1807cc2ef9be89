/** The MCP servers of a run: lines of configuration, and the log of what they were asked to do. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Findings } from "./findings.ts";
import type { SentCall } from "./story.ts";

const RAW = fileURLToPath(new URL("../fixtures/mcp-servers/raw.mjs", import.meta.url));
const EVERYTHING = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);

export interface ServerOptions {
  command: readonly [string, ...string[]];
  trusted?: boolean;
  /** Where the keys of its calls go. */
  keyLog: string;
  /** In the environment of the process, and so of all that it starts. */
  marker: string;
}

export const rawCommand = (...mode: string[]) => ["node", RAW, ...mode] as const;
export const EVERYTHING_COMMAND = ["node", EVERYTHING, "stdio"] as const;
/** A server that dies with these words whenever it is started. */
export const LAST_WORDS = "cannot read the settings";
export const DOOMED_COMMAND = ["sh", "-c", `echo '${LAST_WORDS}' >&2; exit 1`] as const;

export function serverTable(
  name: string,
  { command, trusted = false, keyLog, marker }: ServerOptions,
): string {
  const [program, ...args] = command;
  return [
    `[mcp.servers.${name}]`,
    `command = ${JSON.stringify(program)}`,
    `args = ${JSON.stringify(args)}`,
    `env = { MCPCHAT_CHAOS = ${JSON.stringify(marker)}, KEY_LOG = ${JSON.stringify(keyLog)} }`,
    `trusted = ${trusted}`,
    "call_timeout = 15",
    "",
  ].join("\n");
}

/** How often a call may reach its server: twice if it is safe to repeat and the server is trusted. */
export function checkCalls(
  { calls, keyLog, trusted }: { calls: readonly SentCall[]; keyLog: string; trusted: readonly string[] },
  findings: Findings,
): number {
  const log = existsSync(keyLog) ? readFileSync(keyLog, "utf8").split("\n").filter(Boolean) : [];
  const times = new Map<string, number>();
  for (const key of log) times.set(key, (times.get(key) ?? 0) + 1);
  for (const { id, tool } of calls) {
    const [server = "", name] = tool.split("__");
    const allowed = trusted.includes(server) && name === "lookup" ? 2 : 1;
    const made = times.get(id) ?? 0;
    if (made > allowed)
      findings.add(`the call ${id} of ${tool} was made ${made} times; ${allowed} is allowed`);
    times.delete(id);
  }
  for (const key of times.keys()) findings.add(`a call that the model never sent was made: ${key}`);
  return log.length;
}
