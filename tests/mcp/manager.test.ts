import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { toolListKey } from "../../src/mcp/client/tools/listkey.ts";
import { startMcp } from "./harness.ts";
import { eventually, rawServer, serverConfig } from "./servers.ts";

setDefaultTimeout(60_000);

const good = serverConfig("good", rawServer("good"));
const dying = serverConfig("dying", rawServer("dying"));

describe("servers of every kind together", () => {
  const hung = serverConfig("hung", rawServer("hung"), { connectTimeoutMs: 60_000 });
  const slow = serverConfig("slow", rawServer("slow", "1.5"));

  test("the first run has the good one's tools, and words for the others", async () => {
    await using mcp = await startMcp([slow, hung, dying, good]);
    await mcp.ready("good");
    await mcp.settle(300);
    expect(mcp.names()).toContain("good__echo");
    expect(await mcp.call("good__echo", { message: "hi" })).toEqual({ content: "hi", isError: false });
    expect(mcp.status("hung")).toMatchObject({ state: "starting", tools: 0, cached: false });
    await eventually("the first death", () => mcp.status("dying").state !== "starting");
    expect(mcp.status("dying").error).toBe("exit 1: cannot read the settings | giving up");
    await mcp.ready("slow");
    expect(mcp.status("slow").ms).toBeGreaterThan(1400);
  });

  test("the second run leaves at once with the tools of the first, and a call waits for its server", async () => {
    const lists = new Map();
    {
      await using first = await startMcp([slow, good], { lists });
      await first.settle();
    }
    await using second = await startMcp([slow, good], { lists });
    await second.settle();
    expect(second.names()).toContain("slow__echo");
    expect(second.status("slow")).toMatchObject({ state: "starting", tools: 4, cached: true });
    expect(await second.call("slow__echo", { message: "late" })).toMatchObject({ content: "late" });
    expect(second.status("slow")).toMatchObject({ state: "ready", cached: false });
  });

  test("one that was not ready in the last run is not waited for, until that was long ago", async () => {
    const lists = new Map();
    {
      await using first = await startMcp([hung, dying, good], { lists });
      await first.settle(300);
      await eventually("the first death", () => first.status("dying").state !== "starting");
    }
    {
      await using second = await startMcp([hung, dying, good], { lists });
      await second.settle();
      expect(second.status("hung")).toMatchObject({ state: "starting", tools: 0, cached: false });
      expect(second.status("hung").problemLastTime).toStartWith("not ready after");
      expect(second.status("dying").problemLastTime).toBe("exit 1: cannot read the settings | giving up");
    }
    for (const [key, list] of lists) lists.set(key, { ...list, fetchedAt: list.fetchedAt - 3_600_000 });
    await using third = await startMcp([hung, good], { lists });
    expect(third.status("hung").problemLastTime).toBeUndefined();
    expect(third.status("good").cached).toBe(true);
  });

  test.each([
    ["a default wait", 30_000, false, "starting"],
    ["a wait on purpose that is no longer", 100, true, "starting"],
    ["a longer wait on purpose", 30_000, true, "ready"],
  ])("after a wait in vain, %s finds a slow server %p, %p: %s", async (_, ms, again, state) => {
    const problem = { tools: [], fetchedAt: Date.now(), problem: "not ready after 0.1 s", waitedMs: 100 };
    await using mcp = await startMcp([slow], { lists: new Map([[toolListKey(slow), problem]]) });
    await mcp.settle(ms, again);
    expect(mcp.status("slow").state).toBe(state as "starting" | "ready"); // The table holds these two.
  });

  test("a dying server delays nobody", async () => {
    await using mcp = await startMcp([dying, good]);
    await mcp.settle();
    expect(mcp.status("dying").state).toBe("restarting");
    expect(mcp.status("good").state).toBe("ready");
  });
});

describe("a server that cannot live", () => {
  test("fails when its budget is spent, is told once, and its calls say why", async () => {
    const intensity = { maxRestarts: 2, maxSeconds: 60 };
    await using mcp = await startMcp([dying], { intensity });
    await eventually("the failure", () => mcp.status("dying").state === "failed");
    const error = "exit 1: cannot read the settings | giving up";
    expect(mcp.status("dying")).toMatchObject({ error, tools: 0 });
    expect(mcp.notices).toEqual([`error: server dying failed: ${error}`]);
    expect(mcp.events.filter((event) => event.type === "restart_scheduled")).toHaveLength(2);
    await expect(mcp.ready("dying")).rejects.toMatchObject({ code: "server_not_ready", exitCode: 6 });
  });

  test("a missing command fails at once, without restarts", async () => {
    await using mcp = await startMcp([{ ...good, name: "missing", command: "no-such-command" }, good]);
    await mcp.settle();
    expect(mcp.status("missing")).toMatchObject({
      state: "failed",
      error: "command not found: no-such-command",
    });
    expect(mcp.events.filter((event) => event.type === "restart_scheduled")).toEqual([]);
    expect(mcp.status("good").state).toBe("ready");
  });

  test("a hung one fails after as many attempts, however long they take", async () => {
    const hung = serverConfig("hung", rawServer("hung"), { connectTimeoutMs: 300 });
    // Too slow to spend the budget: only the count of attempts ends it.
    await using mcp = await startMcp([hung], { intensity: { maxRestarts: 1, maxSeconds: 0.05 } });
    await eventually("the failure", () => mcp.status("hung").state === "failed");
    expect(mcp.status("hung").error).toBe("no answer within 0.3 s");
  });

  test("a failed one's tools leave the list, and come back with it", async () => {
    const lists = new Map();
    const changes = { connectTimeoutMs: 200 };
    {
      await using first = await startMcp([serverConfig("late", rawServer("good"))], { lists });
      await first.settle();
    }
    const late = { ...serverConfig("late", rawServer("good"), changes), connectTimeoutMs: 1 };
    await using mcp = await startMcp([late], { lists, intensity: { maxRestarts: 0, maxSeconds: 5 } });
    expect(mcp.names()).toContain("late__echo");
    const tool = mcp.host.tools()[0];
    await eventually("the failure", () => mcp.status("late").state === "failed");
    expect(mcp.names()).toEqual([]);
    if (!tool) throw new Error("there was no tool");
    const signal = new AbortController().signal;
    const outcome = await mcp.host.call(tool, {}, { signal, timeoutMs: 30_000 });
    expect(outcome).toEqual({ isError: true, content: "server late failed: no answer within 1 ms" });
    mcp.mcp.apply([{ ...late, connectTimeoutMs: 30_000 }]);
    await mcp.ready("late");
    expect(mcp.names()).toContain("late__echo");
  });

  test("a temporary one is not restarted, and leaves no process", async () => {
    await using mcp = await startMcp([{ ...dying, restart: "temporary" }]);
    await eventually("the failure", () => mcp.status("dying").state === "failed");
    expect(mcp.events.filter((event) => event.type === "restart_scheduled")).toEqual([]);
    await eventually(
      "its supervisor is gone",
      () => mcp.supervisor("mcp", "servers").countChildren().specs === 0,
    );
  });

  test("a transient one that ends by itself stays ended", async () => {
    await using mcp = await startMcp([
      serverConfig("brief", rawServer("quitting"), { restart: "transient" }),
    ]);
    await eventually("the end", () => mcp.status("brief").state === "stopped");
    expect(mcp.events.filter((event) => event.type === "restart_scheduled")).toEqual([]);
  });

  test("a failed one can be started again", async () => {
    await using mcp = await startMcp([dying], { intensity: { maxRestarts: 0, maxSeconds: 5 } });
    await eventually("the failure", () => mcp.status("dying").state === "failed");
    const failures = () => mcp.notices.length;
    expect(failures()).toBe(1);
    await mcp.host.restart("dying");
    await eventually("the second failure", () => failures() === 2);
    await expect(mcp.host.restart("nobody")).rejects.toThrow("there is no server nobody");
  });
});

describe("what is wanted", () => {
  test("a change touches only the servers that changed", async () => {
    const other = serverConfig("other", rawServer("good"));
    const gone = serverConfig("gone", rawServer("good"));
    await using mcp = await startMcp([good, other, gone]);
    await mcp.settle();
    const [goodPid, otherPid] = [mcp.status("good").pid, mcp.status("other").pid];
    mcp.mcp.apply([
      { ...good, tools: { allow: [], deny: ["write"] } },
      { ...other, env: { CHANGED: "yes" } },
      serverConfig("added", rawServer("good")),
    ]);
    await mcp.settle();
    await mcp.ready("other");
    expect(mcp.host.statuses().map((status) => status.name)).toEqual(["good", "other", "added"]);
    expect(mcp.status("good").pid).toBe(goodPid);
    expect(mcp.status("other").pid).not.toBe(otherPid);
    expect(mcp.names()).not.toContain("good__write");
    await eventually("the old ones are gone", () => mcp.tracker.live().length === 3);
  });

  test("a server that is removed and comes back at once runs once", async () => {
    const stubborn = serverConfig("stubborn", rawServer("stubborn"));
    await using mcp = await startMcp([stubborn]);
    await mcp.ready("stubborn");
    const { pid } = mcp.status("stubborn");
    mcp.mcp.apply([]);
    expect(mcp.names()).toEqual([]);
    mcp.mcp.apply([stubborn]);
    await mcp.ready("stubborn");
    expect(mcp.status("stubborn").pid).not.toBe(pid);
    expect(mcp.tracker.live()).toHaveLength(1);
  });

  test("a filtered tool is neither listed nor called", async () => {
    await using mcp = await startMcp([{ ...good, tools: { allow: ["e*", "add"], deny: ["add"] } }]);
    await mcp.settle();
    expect(mcp.names()).toEqual(["good__echo"]);
    const [echo] = mcp.host.tools();
    if (!echo) throw new Error("there was no tool");
    const signal = new AbortController().signal;
    const outcome = await mcp.host.call({ ...echo, name: "write" }, {}, { signal, timeoutMs: 30_000 });
    expect(outcome).toMatchObject({ isError: true, content: expect.stringContaining("does not allow") });
  });

  test("a changed list reaches the catalogue and the cache", async () => {
    await using mcp = await startMcp([serverConfig("changing", rawServer("changing"))]);
    await mcp.settle();
    await mcp.call("changing__grow");
    await eventually("the new tool", () => mcp.names().includes("changing__grown5"));
    expect([...mcp.lists.values()].flatMap((list) => list.tools.map((tool) => tool.name))).toContain(
      "grown5",
    );
  });
});

describe("whatever is killed comes back", () => {
  test("the process", async () => {
    await using mcp = await startMcp([good]);
    await mcp.ready("good");
    const { pid = 0 } = mcp.status("good");
    process.kill(pid, "SIGKILL");
    await eventually(
      "a restart",
      () => mcp.status("good").state === "ready" && mcp.status("good").pid !== pid,
    );
    expect(await mcp.call("good__echo", { message: "again" })).toMatchObject({ content: "again" });
    expect(mcp.notices).toEqual([
      expect.stringMatching(/^warn: server good crashed \(killed by SIGKILL\), restarted in \d+ ms$/),
    ]);
  });

  test.each(["process", "connection"])("the child %s", async (id) => {
    await using mcp = await startMcp([good]);
    await mcp.ready("good");
    const { pid } = mcp.status("good");
    mcp.supervisor("mcp", "servers", "good").killChild(id);
    await eventually(
      "a restart",
      () => mcp.status("good").state === "ready" && mcp.status("good").pid !== pid,
    );
    expect(await mcp.call("good__echo", { message: "again" })).toMatchObject({ content: "again" });
  });

  test("the server's supervisor", async () => {
    await using mcp = await startMcp([good]);
    await mcp.ready("good");
    const { pid } = mcp.status("good");
    mcp.supervisor("mcp", "servers").killChild("good");
    await eventually(
      "a restart",
      () => mcp.status("good").state === "ready" && mcp.status("good").pid !== pid,
    );
    expect(await mcp.call("good__echo", { message: "again" })).toMatchObject({ content: "again" });
  });

  test("the manager, under a call that waits for its server", async () => {
    const slow = serverConfig("slow", rawServer("slow", "0.5"));
    await using mcp = await startMcp([good, slow]);
    await mcp.ready("good");
    const [tool] = mcp.host.tools();
    if (!tool) throw new Error("there was no tool");
    const options = { signal: new AbortController().signal, timeoutMs: 30_000 };
    const call = mcp.host.call({ ...tool, server: "slow" }, { message: "waited" }, options);
    mcp.supervisor("mcp").killChild("manager");
    expect(await call).toEqual({ content: "waited", isError: false });
  });

  test.each(["manager", "servers"])("the %s, which knows what it knew", async (id) => {
    await using mcp = await startMcp([good]);
    await mcp.ready("good");
    mcp.mcp.apply([good, serverConfig("added", rawServer("good"))]);
    await mcp.ready("added");
    const { pid } = mcp.status("good");
    mcp.supervisor("mcp").killChild(id);
    await eventually(
      "a restart",
      () => mcp.status("added").state === "ready" && mcp.status("good").pid !== pid,
    );
    await mcp.ready("good");
    expect(await mcp.call("added__echo", { message: "again" })).toMatchObject({ content: "again" });
  });
});
