import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createGroupTracker } from "../../src/process/tracker.ts";
import { eventually, firstLine, isAlive, shell } from "./programs.ts";

setDefaultTimeout(60_000);

const graces = { endOfInputMs: 100, terminateMs: 100 };

describe("the stop recipe", () => {
  test("the end of its input ends a polite process", async () => {
    const running = shell("cat >/dev/null", { graces: { endOfInputMs: 60_000, terminateMs: 60_000 } });
    running.stop();
    expect(await running.exited).toEqual({ kind: "shutdown" });
  });

  test("SIGTERM ends one that does not read", async () => {
    const running = shell("echo ready; exec sleep 60", { graces: { endOfInputMs: 50, terminateMs: 60_000 } });
    await firstLine(running);
    running.stop();
    expect(await running.exited).toEqual({ kind: "shutdown" });
  });

  test("SIGKILL ends one that ignores SIGTERM", async () => {
    const running = shell("trap '' TERM; echo ready; while :; do sleep 1; done", { graces });
    await firstLine(running);
    running.stop();
    expect(await running.exited).toEqual({ kind: "killed" });
  });

  test("a stopped process takes its SIGTERM", async () => {
    const running = shell("echo ready; kill -STOP $$; sleep 60", {
      graces: { endOfInputMs: 50, terminateMs: 60_000 },
    });
    await firstLine(running);
    const { pid } = running.handle;
    await eventually("stopped", async () => (await stateOf(pid)).startsWith("T"));
    running.stop();
    expect(await running.exited).toEqual({ kind: "shutdown" });
  });

  test("an error code on the way out is a crash all the same", async () => {
    const running = shell("cat >/dev/null; exit 7", { graces });
    running.stop();
    expect(await running.exited).toMatchObject({ kind: "crash", error: { exitCode: 7 } });
  });

  test("stopping twice, and stopping the dead, harm nobody", async () => {
    const running = shell("cat >/dev/null");
    running.stop();
    running.stop();
    await running.exited;
    running.stop();
    running.kill();
    expect(await running.exited).toEqual({ kind: "shutdown" });
  });
});

describe("the group", () => {
  const stubborn = "(trap '' TERM; echo $(exec sh -c 'echo $PPID') >&3; while :; do sleep 1; done) 3>&1 &";

  test("a grandchild that ignores SIGTERM goes when the leader leaves politely", async () => {
    const running = shell(`${stubborn} cat >/dev/null`, { graces });
    const grandchild = Number(await firstLine(running));
    expect(await isAlive(grandchild)).toBe(true);
    running.stop();
    expect(await running.exited).toEqual({ kind: "shutdown" });
    await eventually("the grandchild is gone", async () => !(await isAlive(grandchild)));
  });

  test("a crash of the leader is seen at once though a grandchild holds stdout, which goes too", async () => {
    const running = shell(`${stubborn} read line; exit 1`, { graces });
    const grandchild = Number(await firstLine(running));
    await running.handle.write("go\n", 10_000);
    expect(await running.exited).toMatchObject({ kind: "crash", error: { exitCode: 1 } });
    await eventually("the grandchild is gone", async () => !(await isAlive(grandchild)));
  });

  test("the tracker kills what is alive, synchronously, and forgets what is gone", async () => {
    const tracker = createGroupTracker();
    const gone = shell("exit 0", { tracker });
    await gone.exited;
    const running = shell("trap '' TERM; echo ready; while :; do sleep 1; done", { tracker });
    await firstLine(running);
    expect(tracker.live()).toEqual([running.handle.pid]);
    tracker.killAll();
    expect(await running.exited).toMatchObject({ kind: "crash", error: { signal: "SIGKILL" } });
    expect(tracker.live()).toEqual([]);
  });

  test("two hundred cycles leave no process and no zombie", async () => {
    const tracker = createGroupTracker();
    const pids: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const batch = Array.from({ length: 10 }, () => shell("cat >/dev/null", { tracker }));
      for (const running of batch) running.stop();
      await Promise.all(batch.map((running) => running.exited));
      pids.push(...batch.map((running) => running.handle.pid));
    }
    expect(tracker.live()).toEqual([]);
    expect(await processesAmong(pids)).toEqual([]);
  });
});

async function stateOf(pid: number): Promise<string> {
  return (await Bun.spawn(["ps", "-o", "stat=", "-p", String(pid)], { stdout: "pipe" }).stdout.text()).trim();
}

/** The pids that the system still lists, zombies too. */
async function processesAmong(pids: number[]): Promise<number[]> {
  const listing = await Bun.spawn(["ps", "-A", "-o", "pid="], { stdout: "pipe" }).stdout.text();
  const live = new Set(listing.split("\n").map(Number));
  return pids.filter((pid) => live.has(pid));
}
