/** What the tests of this folder share: raw servers, connections to them, and ways to wait. */
import { fileURLToPath } from "node:url";
import type { StdioConfig } from "../../src/mcp/client/config.ts";
import { stdioLink } from "../../src/mcp/client/link/stdio-link.ts";
import type { TransportOptions } from "../../src/mcp/client/link/stdio-transport.ts";
import { type ConnectionOptions, openConnection } from "../../src/mcp/client/session/connection.ts";
import type { ToolDescription } from "../../src/mcp/client/tools/tools.ts";
import { childEnvironment } from "../../src/process/environment.ts";
import { spawnProcess } from "../../src/process/spawn.ts";

/** The arguments of `node` that start the raw server in a mode. */
export function rawServer(mode: string, value?: string): string[] {
  const path = fileURLToPath(new URL("../fixtures/mcp-servers/raw.mjs", import.meta.url));
  return value === undefined ? [path, mode] : [path, mode, value];
}

/** The configuration of a raw server; `changes` go over it. */
export function serverConfig(name: string, args: string[], changes: Partial<StdioConfig> = {}): StdioConfig {
  return {
    name,
    transport: "stdio",
    command: "node",
    args,
    env: {},
    restart: "permanent",
    trusted: false,
    tools: { allow: [], deny: [] },
    connectTimeoutMs: 30_000,
    callTimeoutMs: 30_000,
    maxCalls: 8,
    sampling: "deny",
    ...changes,
  };
}

/** A connection to a server that was just started, with what it has told so far; ends with `await using`. */
export function connect(
  args: string[],
  options: Partial<ConnectionOptions & { env: object; transport: TransportOptions }> = {},
) {
  const env = childEnvironment({ ...options.env });
  const child = spawnProcess({ command: "node", args, env });
  const lists: string[][] = [];
  const complaints: string[] = [];
  let tools: ToolDescription[] = [];
  const onNoise = (line: string) => complaints.push(`writes what is not JSON to stdout: ${line}`);
  const running = openConnection(stdioLink(child.handle, { onNoise, ...options.transport }), {
    clientInfo: { name: "test", version: "1.0.0" },
    connectTimeoutMs: 30_000,
    onTools(list) {
      tools = list;
      lists.push(list.map((tool) => tool.name));
    },
    onComplaint: (text) => complaints.push(text),
    lastTry: false,
    ...options,
  });
  return {
    child,
    running,
    connection: running.handle,
    lists,
    complaints,
    tools: () => tools,
    async [Symbol.asyncDispose]() {
      running.stop("shutdown");
      child.kill();
      await child.exited;
    },
  };
}

/** Limits of a call that are never reached, unless `changes` say so. */
export function limits(changes: { signal?: AbortSignal; idleMs?: number; totalMs?: number } = {}) {
  return { signal: new AbortController().signal, idleMs: 30_000, totalMs: 30_000, ...changes };
}

/** Polls until the condition holds; throws after fifteen seconds. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await Bun.sleep(10);
  }
}
