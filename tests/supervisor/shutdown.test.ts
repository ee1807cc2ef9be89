import { describe, expect, test } from "bun:test";
import { startSupervisor, supervisorSpec } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { crash, Story } from "./scripted-child.ts";

const clock = () => new FakeClock();

describe("shutdown", () => {
  test("in reverse, one at a time, each waited for; asked twice it is one stop", async () => {
    const story = new Story();
    const endB = Promise.withResolvers<void>();
    const a = story.child("a");
    const b = story.child("b", { onStop: (end) => void endB.promise.then(() => end({ kind: "shutdown" })) });
    const supervisor = await startSupervisor("root", { children: [a.spec, b.spec], clock: clock() });
    story.told();
    const stop = supervisor.stop();
    expect(supervisor.stop()).toBe(stop);
    await settled();
    expect(story.told()).toEqual(["stop b"]);
    endB.resolve();
    await stop;
    expect(story.told()).toEqual(["stop a"]);
  });

  test("within its grace a child is not killed; past it, it is, and brutal_kill does not ask", async () => {
    const story = new Story();
    const time = clock();
    const stubborn = story.child("stubborn", { shutdown: 500, onStop: () => {} });
    const brutal = story.child("brutal", { shutdown: "brutal_kill" });
    const options = { children: [stubborn.spec, brutal.spec], clock: time, listener: story.listener };
    const supervisor = await startSupervisor("root", options);
    story.told();
    const stop = supervisor.stop();
    await time.advance(499);
    expect(story.told()).toEqual(["kill brutal", "stop stubborn"]);
    await time.advance(1);
    await stop;
    expect(story.told()).toEqual(["kill stubborn"]);
    expect(time.pending).toBe(0);
  });

  test("with infinity a child has all the time it wants", async () => {
    const story = new Story();
    const time = clock();
    const slow = story.child("slow", { shutdown: "infinity", onStop: () => {} });
    const supervisor = await startSupervisor("root", { children: [slow.spec], clock: time });
    const stop = supervisor.stop();
    await time.advance(30 * 86_400_000);
    expect(story.told()).toEqual(["start slow", "stop slow"]);
    expect(Bun.peek.status(stop)).toBe("pending");
    slow.end({ kind: "normal" });
    await stop;
    expect(time.pending).toBe(0);
  });

  test("a crash while stopping is no restart: the crash of the one asked, nor that of one not yet asked", async () => {
    const story = new Story();
    const [a, b] = [story.child("a"), story.child("b", { onStop: () => {} })];
    const supervisor = await startSupervisor("root", {
      children: [a.spec, b.spec],
      clock: clock(),
      listener: story.listener,
    });
    const stop = supervisor.stop();
    await settled();
    a.end(crash("not asked yet"));
    b.end(crash("asked"));
    await stop;
    expect([a.starts, b.starts]).toEqual([1, 1]);
    expect(story.events.flatMap((event) => (event.type === "child_exited" ? [event.exit] : []))).toEqual([
      crash("asked"),
      crash("not asked yet"),
    ]);
    expect(story.events.some(({ type }) => type === "restart_scheduled")).toBe(false);
  });

  test("what is killed is waited for until its real end", async () => {
    const story = new Story();
    const time = clock();
    const a = story.child("a");
    const slow = story.child("slow", { shutdown: 10, onStop: () => {}, unkillable: () => true });
    const supervisor = await startSupervisor("root", {
      children: [a.spec, slow.spec],
      clock: time,
      listener: story.listener,
    });
    story.told();
    const stop = supervisor.stop();
    await time.advance(10 + 1999);
    expect(story.told()).toEqual(["stop slow", "kill slow"]);
    slow.end({ kind: "killed" });
    await stop;
    expect(story.told()).toEqual(["stop a"]);
    expect(story.events.map(({ type }) => type)).toContain("child_killed");
  });

  test("work that nobody can end is reported as leaked, and stopping goes on", async () => {
    const story = new Story();
    const time = clock();
    const first = story.child("first");
    const stuck = story.child("stuck", { shutdown: 10, onStop: () => {}, unkillable: () => true });
    const supervisor = await startSupervisor("root", {
      children: [first.spec, stuck.spec],
      clock: time,
      listener: story.listener,
    });
    const stop = supervisor.stop();
    await time.advance(10_000);
    await stop;
    expect(story.events.some((event) => event.type === "child_leaked" && event.id === "stuck")).toBe(true);
    expect(first.alive).toBe(0);
  });

  test("stop gives up a start in flight, after the grace of the child when it does not end", async () => {
    const story = new Story();
    const time = clock();
    const child = story.child("a", { onStart: () => new Promise(() => {}), shutdown: 1000 });
    const supervisor = await startSupervisor("root", { children: [], clock: time });
    const starting = supervisor.startChild(child.spec).catch((e) => e);
    await settled();
    const stopping = supervisor.stop();
    await time.advance(1000);
    await stopping;
    expect((await starting).code).toBe("start_failed");
    expect((await supervisor.startChild(child.spec).catch((e) => e)).code).toBe("stopped");
  });

  test("stop waits until a start in flight has undone what it began", async () => {
    const story = new Story();
    const gate = Promise.withResolvers<void>();
    const slow = story.child("a", {
      onStop: (end) => void gate.promise.then(() => end({ kind: "shutdown" })),
    });
    const never = story.child("b", {
      onStart: ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const nested = supervisorSpec("nested", { children: [slow.spec, never.spec], clock: clock() });
    const supervisor = await startSupervisor("root", { children: [], clock: clock() });
    const starting = supervisor.startChild(nested).catch((e) => e);
    await settled();
    let isStopped = false;
    const stopping = supervisor.stop().then(() => {
      isStopped = true;
    });
    await settled();
    expect(story.told()).toEqual(["start a", "start b", "stop a"]);
    expect(isStopped).toBe(false);
    gate.resolve();
    await stopping;
    expect(slow.alive).toBe(0);
    expect((await starting).code).toBe("start_failed");
  });

  test("a listener or a child that throws while stopping harms nobody", async () => {
    const story = new Story();
    const a = story.child("a");
    const b = story.child("b", {
      shutdown: 10,
      onStop: () => {
        throw new Error("no");
      },
    });
    const time = clock();
    const supervisor = await startSupervisor("root", {
      children: [a.spec, b.spec],
      clock: time,
      listener: () => {
        throw new Error("bystander");
      },
    });
    const stop = supervisor.stop();
    await time.advance(10);
    await stop;
    expect([a.alive, b.alive]).toEqual([0, 0]);
  });
});

describe("what was leaked", () => {
  test("is fenced: its end, whenever it comes, is nothing to the one that took its place", async () => {
    const story = new Story();
    const time = clock();
    const child = story.child("a", { shutdown: "brutal_kill", unkillable: () => child.starts === 1 });
    const supervisor = await startSupervisor("root", { children: [child.spec], clock: time });
    const endLeaked = child.end;
    const terminated = supervisor.terminateChild("a");
    await time.advance(2000);
    await terminated;
    await supervisor.restartChild("a");
    endLeaked(crash());
    await settled();
    expect([child.starts, child.alive]).toEqual([2, 1]);
    expect(supervisor.whichChildren()).toMatchObject([{ state: "running", restarts: 0 }]);
    await supervisor.stop();
  });
});

describe("a supervisor that is killed", () => {
  test("leaves no timer, though a child with a backoff waits for its siblings to end", async () => {
    const story = new Story();
    const time = clock();
    const failing = story.child("failing", { backoff: { baseMs: 200, capMs: 200, resetMs: 1000 } });
    const slow = story.child("slow", { onStop: () => {} });
    const supervisor = await startSupervisor("root", {
      strategy: "one_for_all",
      children: [failing.spec, slow.spec],
      clock: time,
      random: () => 1,
    });
    failing.end(crash());
    await settled();
    supervisor.kill();
    expect(await supervisor.exited).toEqual({ kind: "killed" });
    await settled();
    expect([slow.alive, time.pending]).toEqual([0, 0]);
  });

  test("has ended when its children have: no child starts again before it is gone", async () => {
    const story = new Story();
    const gone = Promise.withResolvers<void>();
    const slow = story.child("slow");
    const { start } = slow.spec;
    slow.spec.start = async (context) => {
      const running = await start(context);
      if (running === "ignore" || slow.starts > 1) return running;
      return { ...running, kill: () => void gone.promise.then(() => running.kill()) };
    };
    const throwing = story.child("throwing");
    const begin = throwing.spec.start;
    throwing.spec.start = async (context) => {
      const running = await begin(context);
      if (running === "ignore") return running;
      const kill = () => {
        running.kill();
        throw new Error("no");
      };
      return { ...running, kill };
    };
    const inner = supervisorSpec("inner", { children: [throwing.spec, slow.spec], clock: clock() });
    const root = await startSupervisor("root", { children: [inner], clock: clock() });
    root.killChild("inner");
    await settled();
    expect([slow.starts, throwing.alive]).toEqual([1, 0]);
    gone.resolve();
    await settled();
    expect([slow.starts, slow.alive, throwing.alive]).toEqual([2, 1, 1]);
    await root.stop();
  });
});
