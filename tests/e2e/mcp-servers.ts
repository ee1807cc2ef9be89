/** MCP servers for the end-to-end tests: their lines in the configuration, and the processes they have become. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { behave } from "../fixtures/model-server/behaviours.ts";
import type { Script } from "../fixtures/model-server/script.ts";
import { type Home, homeWithModel } from "./harness.ts";

const RAW = fileURLToPath(new URL("../fixtures/mcp-servers/raw.mjs", import.meta.url));

/** Notes the number of its own process, which leads the server's group, and becomes the server. */
const NOTED = 'echo $$ >>"$0"; exec node "$@"';

export interface RawServer {
  /** The mode of tests/fixtures/mcp-servers/raw.mjs, with its value. */
  mode: string;
  /** More keys, as TOML. */
  more?: string;
  env?: Record<string, string>;
}

/** A model that calls tools with these arguments: `tool-echo`, `twice-echo`, ... */
export function modelWith(args: object): Script {
  return (request) => behave(request, { arguments: args });
}

/** A home with raw servers by name, and a model whose calls have these arguments. */
export function homeWithServers(servers: Record<string, RawServer>, args: object = { message: "hello" }) {
  const made = homeWithModel(modelWith(args));
  made.home.configure(rawServers(made.home, servers));
  return made;
}

/** The lines of the configuration for raw servers by name. */
export function rawServers(home: Home, servers: Record<string, RawServer>): string {
  return Object.entries(servers)
    .map(([name, server]) => rawServer(home, name, server))
    .join("\n");
}

function rawServer(home: Home, name: string, { mode, more = "", env = {} }: RawServer): string {
  const args = ["-c", NOTED, pidFile(home), RAW, ...mode.split(" ")];
  const variables = Object.entries(env).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return [
    `[mcp.servers.${name}]`,
    `command = "sh"`,
    `args = ${JSON.stringify(args)}`,
    `env = { ${variables.join(", ")} }`,
    more,
  ].join("\n");
}

/** The lines of the configuration for a server as it is published. */
export function publishedServer(name: string, program: string, ...args: string[]): string {
  const path = new URL(`../../node_modules/@modelcontextprotocol/${program}/dist/index.js`, import.meta.url);
  return `[mcp.servers.${name}]\ncommand = "node"\nargs = ${JSON.stringify([fileURLToPath(path), ...args])}\n`;
}

function pidFile(home: Home): string {
  return join(home.folder, "pids");
}

/** The leaders of all servers that were ever started in this home, the oldest first. */
export function leaders(home: Home): number[] {
  if (!existsSync(pidFile(home))) return [];
  return readFileSync(pidFile(home), "utf8").split("\n").filter(Boolean).map(Number);
}

/** What lives in the groups of these leaders, zombies left out. */
export async function groupMembers(groups: readonly number[]): Promise<number[]> {
  const list = Bun.spawn(["ps", "-A", "-o", "pid=,pgid=,stat="], { stdout: "pipe" });
  const rows = (await list.stdout.text()).split("\n").map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, group = "", state = "Z"]) => groups.includes(Number(group)) && !state.startsWith("Z"))
    .map(([pid]) => Number(pid));
}

/** The names of the tools that a server was asked to run, from the file that $CALL_LOG named. */
export function callsIn(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}
