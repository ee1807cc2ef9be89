/** What a run is told of the servers that it goes on without. */
import { expect, test } from "bun:test";
import { awaitServers } from "../../src/app/servers.ts";
import type { McpHost, ServerStatus } from "../../src/mcp/client/port.ts";

/** The lines about a server in this state. */
async function linesFor(changes: Partial<ServerStatus>): Promise<string[]> {
  const status: ServerStatus = {
    name: "s",
    state: "starting",
    ms: 1234,
    tools: 0,
    cached: false,
    trusted: false,
    transport: "stdio",
    ...changes,
  };
  // Nothing else of a host is asked for.
  const host = { settle: async () => {}, statuses: () => [status] } as unknown as McpHost;
  const lines: string[] = [];
  const wait = { require: [], waitMs: 0 };
  await awaitServers(host, wait, (_, text) => lines.push(text), new AbortController().signal);
  return lines;
}

test.each<[string, Partial<ServerStatus>, string | undefined]>([
  ["has tools", { tools: 1 }, undefined],
  ["is ready without any", { state: "ready" }, undefined],
  ["had none last time", { cached: true }, undefined],
  ["is late", {}, "server s is not ready after 1.2 s; its tools are left out"],
  [
    "crashes",
    { state: "restarting", error: "exit 1" },
    "server s does not start: exit 1; its tools are left out",
  ],
  [
    "has all of its tools set aside",
    { cached: true, setAside: ["read"] },
    "server s: its tools are set aside; mcpchat servers trust s shows why",
  ],
  [
    "was not there last time",
    { transport: "http", problemLastTime: "cannot be reached" },
    "server s is not waited for, as its address did not work last time (cannot be reached); " +
      "its tools are left out; --require s waits for it",
  ],
  [
    "did not start last time",
    { problemLastTime: "not ready after 10.0 s" },
    "server s is not waited for, as its command did not work last time (not ready after 10.0 s); " +
      "its tools are left out; --require s waits for it",
  ],
])("one that %s", async (_, changes, line) => {
  expect(await linesFor(changes)).toEqual(line === undefined ? [] : [line]);
});
