import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMcp } from "../harness.ts";
import { eventually, rawServer, serverConfig } from "../servers.ts";

setDefaultTimeout(60_000);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mcpchat-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A server that breaks in its first call, ever. */
function crashing(name: string, trusted: boolean, mode = "crashing") {
  const env = { CRASH_FILE: join(folder, `${name}.crashed`), CALL_LOG: join(folder, `${name}.calls`) };
  return serverConfig("fragile", rawServer(mode), { trusted, env });
}

const callsOf = async (name: string) =>
  (await readFile(join(folder, `${name}.calls`), "utf8")).trim().split("\n");

describe("a server that dies in the middle of a call", () => {
  test("a read-only tool of a trusted server is called again", async () => {
    await using mcp = await startMcp([crashing("readonly", true)]);
    await mcp.settle();
    const outcome = await mcp.call("fragile__lookup", { key: "a" });
    expect(outcome).toEqual({ content: "lookup a", isError: false, replayed: true });
    expect(await callsOf("readonly")).toEqual(["lookup", "lookup"]);
  });

  test.each([
    { name: "writing", trusted: true, tool: "write" },
    { name: "untrusted", trusted: false, tool: "lookup" },
  ])(
    "$tool of a server with trusted $trusted has an unknown outcome, once",
    async ({ name, trusted, tool }) => {
      await using mcp = await startMcp([crashing(name, trusted)]);
      await mcp.settle();
      const outcome = await mcp.call(`fragile__${tool}`, { key: "a" });
      expect(outcome).toMatchObject({ isError: true, outcomeUnknown: true });
      expect(outcome.content).toContain("Server fragile crashed (killed by SIGKILL)");
      expect(outcome.content).toContain("unknown");
      expect(await callsOf(name)).toEqual([tool]);
      expect(await mcp.call(`fragile__${tool}`, { key: "b" })).toEqual({
        content: `${tool} b`,
        isError: false,
      });
    },
  );

  test("a server that only closed its output is replaced, and the call made again", async () => {
    await using mcp = await startMcp([crashing("mute", true, "muting")]);
    await mcp.settle();
    const outcome = await mcp.call("fragile__lookup", { key: "a" });
    expect(outcome).toEqual({ content: "lookup a", isError: false, replayed: true });
    expect(mcp.notices).toEqual([
      expect.stringContaining("crashed (the server closed its output), restarted in"),
    ]);
  });

  test("a replay that finds the server failed says both", async () => {
    await using mcp = await startMcp([crashing("final", true)], {
      intensity: { maxRestarts: 0, maxSeconds: 5 },
    });
    await mcp.settle();
    const outcome = await mcp.call("fragile__lookup", { key: "a" });
    expect(outcome).toMatchObject({ isError: true, outcomeUnknown: true });
    expect(outcome.content).toContain("Now server fragile failed: killed by SIGKILL");
  });

  test("an answer that it managed to give counts", async () => {
    await using mcp = await startMcp([serverConfig("leaving", rawServer("leaving"))]);
    await mcp.settle();
    expect(await mcp.call("leaving__write")).toEqual({ content: "farewell", isError: false });
  });

  test("an abort rejects at once, in a call and while it waits for its server", async () => {
    const hung = serverConfig("hung", rawServer("hung"));
    const silent = serverConfig("silent", rawServer("silent"));
    await using mcp = await startMcp([silent, hung]);
    await mcp.ready("silent");
    const [tool] = mcp.host.tools();
    if (!tool) throw new Error("there was no tool");
    const controller = new AbortController();
    const options = { signal: controller.signal, timeoutMs: 30_000 };
    const calls = [mcp.host.call(tool, {}, options), mcp.host.call({ ...tool, server: "hung" }, {}, options)];
    const ends = Promise.allSettled(calls);
    const reason = new Error("the user's own");
    controller.abort(reason);
    expect(await ends).toEqual([
      { status: "rejected", reason },
      { status: "rejected", reason },
    ]);
  });

  test("a call that waits for a slow server ends in its time", async () => {
    await using mcp = await startMcp([
      serverConfig("good", rawServer("good")),
      serverConfig("hung", rawServer("hung")),
    ]);
    await mcp.ready("good");
    const [tool] = mcp.host.tools();
    if (!tool) throw new Error("there was no tool");
    const signal = new AbortController().signal;
    const outcome = await mcp.host.call({ ...tool, server: "hung" }, {}, { signal, timeoutMs: 200 });
    expect(outcome).toEqual({ isError: true, content: "server hung was not ready within 0.2 s" });
  });
});

test("servers that ignore every request to end, freeze, or have stubborn children leave nothing behind", async () => {
  const modes = ["stubborn", "grandchild", "frozen", "good"];
  const servers = modes.map((mode) => serverConfig(mode, rawServer(mode)));
  const mcp = await startMcp(servers);
  await mcp.settle();
  const pids = mcp.tracker.live();
  expect(pids).toHaveLength(4);
  await mcp.root.stop();
  expect(mcp.tracker.live()).toEqual([]);
  await eventually("every group is gone", async () => (await groupsAmong(pids)).length === 0);
});

/** The groups, among those led by these pids, that have a member which is not a zombie. */
async function groupsAmong(pids: number[]): Promise<number[]> {
  const listing = await Bun.spawn(["ps", "-A", "-o", "pgid=,stat="], { stdout: "pipe" }).stdout.text();
  const rows = listing.split("\n").map((row) => row.trim().split(/\s+/));
  const live = new Set(rows.filter(([, state]) => !state?.startsWith("Z")).map(([group]) => Number(group)));
  return pids.filter((pid) => live.has(pid));
}
