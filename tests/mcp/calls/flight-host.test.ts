/** The limits of calls in flight, with real servers. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import type { McpHost } from "../../../src/mcp/client/port.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { startMcp } from "../harness.ts";
import { eventually, rawServer, serverConfig } from "../servers.ts";

setDefaultTimeout(60_000);

const NEVER = new AbortController().signal;

function call(
  host: McpHost,
  name: string,
  { signal = NEVER, timeoutMs = 30_000, args = {} as JsonObject } = {},
) {
  const tool = host.tools().find(({ qualifiedName }) => qualifiedName === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return host.call(tool, args, { signal, timeoutMs });
}

/** A server, and the names of the calls that it was asked for. */
function logged(name: string, mode: string, maxCalls: number, env: Record<string, string> = {}) {
  const log = join(temporaryFolder(), "calls");
  const config = serverConfig(name, rawServer(...(mode.split(" ") as [string, string?])), {
    maxCalls,
    env: { CALL_LOG: log, ...env },
  });
  return { config, calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []) };
}

describe("a call for which there is no place", () => {
  test("waits for its own server's calls, is given up in its own time, and hears of Ctrl-C at once", async () => {
    const { config, calls } = logged("busy", "silent", 1);
    const other = logged("free", "good", 1);
    await using mcp = await startMcp([config, other.config]);
    await Promise.all([mcp.ready("busy"), mcp.ready("free")]);
    const first = new AbortController();
    const hangs = call(mcp.host, "busy__write", { signal: first.signal });
    await eventually("the first call arrived", () => calls().length === 1);
    const late = await call(mcp.host, "busy__echo", { timeoutMs: 100 });
    expect(late).toEqual({
      isError: true,
      content: "server busy was busy with other calls for all of this call's time",
    });
    const stop = new AbortController();
    const waiting = call(mcp.host, "busy__lookup", { signal: stop.signal });
    stop.abort(new Error("stopped by the user"));
    await expect(waiting).rejects.toThrow("stopped by the user");
    expect(await call(mcp.host, "free__lookup", { args: { key: "a" } })).toMatchObject({
      content: "lookup a",
    });
    expect(calls()).toEqual(["write"]);
    first.abort(new Error("over"));
    await expect(hangs).rejects.toThrow("over");
  });

  test("waits for the calls of all servers where there are too many of them together", async () => {
    const busy = logged("busy", "silent", 8);
    const other = logged("free", "good", 8);
    await using mcp = await startMcp([busy.config, other.config], { maxCalls: () => 1 });
    await Promise.all([mcp.ready("busy"), mcp.ready("free")]);
    const first = new AbortController();
    const hangs = call(mcp.host, "busy__write", { signal: first.signal });
    await eventually("the first call arrived", () => busy.calls().length === 1);
    const waits = call(mcp.host, "free__lookup", { args: { key: "a" } });
    expect((await call(mcp.host, "free__write", { timeoutMs: 100 })).content).toContain("was busy");
    expect(other.calls()).toEqual([]);
    first.abort(new Error("over"));
    await expect(hangs).rejects.toThrow("over");
    expect(await waits).toEqual({ content: "lookup a", isError: false });
  });

  test("is made after the restart of a server that the call before it has crashed", async () => {
    const crashFile = join(temporaryFolder(), "crashed");
    const { config, calls } = logged("fragile", "crashing", 1, { CRASH_FILE: crashFile });
    await using mcp = await startMcp([config]);
    await mcp.ready("fragile");
    const [first, second] = await Promise.all([
      call(mcp.host, "fragile__write", { args: { key: "a" } }),
      call(mcp.host, "fragile__write", { args: { key: "b" } }),
    ]);
    expect(first).toMatchObject({ isError: true, outcomeUnknown: true });
    expect(second).toEqual({ content: "write b", isError: false });
    expect(calls()).toEqual(["write", "write"]);
  });
});

test("many calls at once are all made, no more of them at a time than the server may have", async () => {
  const { config } = logged("slow", "provoked 20", 3);
  await using mcp = await startMcp([config]);
  await mcp.ready("slow");
  const began = performance.now();
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, (_, index) => call(mcp.host, "slow__lookup", { args: { key: `${index}` } })),
  );
  expect(outcomes.map(({ content }) => content)).toEqual(outcomes.map((_, index) => `lookup ${index}`));
  // Four rounds of 20 ms, less what a timer may be early.
  expect(performance.now() - began).toBeGreaterThan(70);
});
