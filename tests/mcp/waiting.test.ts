import { expect, test } from "bun:test";
import { tellLate, waitingNews } from "../../src/mcp/client/waiting.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { startMcp } from "./harness.ts";
import { rawServer, serverConfig } from "./servers.ts";

test("a server that is waited for is named after a moment, once for all who wait, and again the next time", async () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const begin = waitingNews((_, text) => lines.push(text), clock);
  begin("quick")();
  const [first, second] = [begin("slow"), begin("slow")];
  await clock.advance(2400);
  expect(lines).toEqual([]);
  first();
  await clock.advance(10_000);
  expect(lines).toEqual(["waiting for server slow"]);
  second();
  const third = begin("slow");
  await clock.advance(2500);
  expect(lines).toEqual(["waiting for server slow", "waiting for server slow"]);
  third();
  expect(clock.pending).toBe(0);
});

test("a call waits for its server no longer than it is told, and says why", async () => {
  const late = serverConfig("late", rawServer("hung"));
  await using mcp = await startMcp([late]);
  const tool = {
    server: "late",
    name: "echo",
    qualifiedName: "late__echo",
    description: "",
    inputSchema: {},
    annotations: {},
  };
  const options = { signal: new AbortController().signal, timeoutMs: 60_000, waitMs: 2700 };
  expect(await mcp.host.call(tool, {}, options)).toEqual({
    content: "server late was not ready within 2.7 s",
    isError: true,
  });
  expect(mcp.notices).toEqual(["warn: waiting for server late"]);
});

test("a failure is told once to who waits, and to nobody where all is told by who asked", async () => {
  const dying = serverConfig("dying", rawServer("dying"));
  await using mcp = await startMcp([], { intensity: { maxRestarts: 1, maxSeconds: 60 } });
  mcp.mcp.hush.once(["dying"]);
  mcp.mcp.apply([dying]);
  await expect(mcp.ready("dying")).rejects.toThrow("server dying failed: exit 1");
  expect(mcp.notices).toEqual([]);
  await mcp.host.restart("dying");
  await expect(mcp.ready("dying")).rejects.toThrow("server dying failed: exit 1");
  expect(mcp.notices).toEqual([expect.stringContaining("server dying failed: exit 1")]);
  mcp.mcp.hush.all();
  await mcp.host.restart("dying");
  await expect(mcp.ready("dying")).rejects.toThrow("server dying failed: exit 1");
  expect(mcp.notices).toHaveLength(1);
});

test("those that are still waited for after a moment are named in one line", async () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const notify = (_: string, text: string) => lines.push(text);
  let late = ["slow", "slower", "quick"];
  tellLate(notify, clock, () => late);
  late = ["slow", "slower"];
  await clock.advance(2500);
  expect(lines).toEqual(["waiting for servers slow, slower"]);
  tellLate(notify, clock, () => [])();
  await clock.advance(2500);
  expect(lines).toHaveLength(1);
  expect(clock.pending).toBe(0);
});
