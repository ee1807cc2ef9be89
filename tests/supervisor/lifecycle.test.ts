import { describe, expect, test } from "bun:test";
import { SupervisorError } from "../../src/supervisor/errors.ts";
import type { ChildSpec } from "../../src/supervisor/spec.ts";
import { startSupervisor, supervisorSpec } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { crash, Story } from "./scripted-child.ts";

const clock = () => new FakeClock();

describe("start", () => {
  test("each child is ready before the next one starts", async () => {
    const story = new Story();
    const gate = Promise.withResolvers<void>();
    const [a, b] = [story.child("a", { onStart: () => gate.promise }), story.child("b")];
    const starting = startSupervisor("root", { children: [a.spec, b.spec], clock: clock() });
    await settled();
    expect(story.told()).toEqual(["start a"]);
    gate.resolve();
    const supervisor = await starting;
    expect(story.told()).toEqual(["start b"]);
    await supervisor.stop();
  });

  test.each([
    [
      "a synchronous throw",
      () => {
        throw new Error("no");
      },
    ],
    ["a rejection", () => Promise.reject(new Error("no"))],
    ["a result that is no child", () => Promise.resolve({ handle: 1 } as never)],
  ])("%s in the third stops the second, then the first", async (_, start) => {
    const story = new Story();
    const [a, b] = [story.child("a"), story.child("b")];
    const bad: ChildSpec = {
      id: "c",
      start: start as ChildSpec["start"],
      restart: "permanent",
      shutdown: 1,
      type: "worker",
    };
    const error = await startSupervisor("root", { children: [a.spec, b.spec, bad], clock: clock() }).catch(
      (e) => e,
    );
    expect(error).toBeInstanceOf(SupervisorError);
    expect(error.code).toBe("start_failed");
    expect(story.told()).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  test("ignore keeps the spec without a process", async () => {
    const story = new Story();
    const child = story.child("a", { onStart: () => "ignore" });
    const supervisor = await startSupervisor("root", { children: [child.spec], clock: clock() });
    expect(supervisor.countChildren()).toEqual({ specs: 1, active: 0, workers: 1, supervisors: 0 });
    await supervisor.stop();
  });

  test("a start that takes too long has failed; its late success is stopped, not adopted", async () => {
    const story = new Story();
    const time = clock();
    const gate = Promise.withResolvers<void>();
    const child = story.child("a", { startTimeout: 1000, onStart: () => gate.promise });
    const starting = startSupervisor("root", { children: [child.spec], clock: time }).catch((e) => e);
    await time.advance(1000);
    expect((await starting).code).toBe("start_failed");
    gate.resolve();
    await settled();
    expect(story.told()).toEqual(["start a", "stop a"]);
    expect(child.alive).toBe(0);
  });

  test.each([
    ["a duplicate id", { id: "x" }],
    ["an unknown restart type", { id: "y", restart: "always" }],
    ["a negative shutdown", { id: "y", shutdown: -1 }],
    ["a start timeout of zero", { id: "y", startTimeout: 0 }],
    [
      "a backoff that makes escalation unreachable",
      { id: "y", backoff: { baseMs: 60_000, capMs: 60_000, resetMs: 1 } },
    ],
  ])("%s is refused before anything starts", async (_, flaw) => {
    const story = new Story();
    const spec = { ...story.child("y").spec, ...flaw } as ChildSpec; // Wrong on purpose.
    const error = await startSupervisor("root", { children: [story.child("x").spec, spec] }).catch((e) => e);
    expect(error.code).toBe("bad_spec");
    expect(story.told()).toEqual([]);
  });
});

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

  test("work that nobody can end is reported as leaked, and stopping goes on", async () => {
    const story = new Story();
    const time = clock();
    const first = story.child("first");
    const stuck = story.child("stuck", { shutdown: 10, onStop: () => {}, unkillable: true });
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

describe("calls", () => {
  test("are answered while a child waits for its restart; terminate cancels it, delete says restarting", async () => {
    const story = new Story();
    const time = clock();
    const child = story.child("a", { backoff: { baseMs: 200, capMs: 200, resetMs: 1000 } });
    const supervisor = await startSupervisor("root", {
      children: [child.spec],
      clock: time,
      random: () => 1,
    });
    child.end(crash());
    await settled();
    expect((await supervisor.deleteChild("a").catch((e) => e)).code).toBe("restarting");
    await supervisor.terminateChild("a");
    await time.advance(10_000);
    expect(child.starts).toBe(1);
    await supervisor.restartChild("a");
    expect(child.alive).toBe(1);
    expect((await supervisor.deleteChild("a").catch((e) => e)).code).toBe("running");
    expect((await supervisor.deleteChild("b").catch((e) => e)).code).toBe("not_found");
    expect((await supervisor.startChild(child.spec).catch((e) => e)).code).toBe("already_started");
    await supervisor.terminateChild("a");
    expect((await supervisor.startChild(child.spec).catch((e) => e)).code).toBe("already_present");
    await supervisor.stop();
  });

  test("killChild is an unasked end: the supervisor finds it and restarts", async () => {
    const story = new Story();
    const child = story.child("a");
    const supervisor = await startSupervisor("root", { children: [child.spec], clock: clock() });
    supervisor.killChild("a");
    await settled();
    expect(child.starts).toBe(2);
    await supervisor.stop();
  });
});

describe("dynamic", () => {
  test("counts restarting children, drops failed starts and dead specs, stops in parallel", async () => {
    const story = new Story();
    const time = clock();
    const supervisor = await startSupervisor("root", {
      dynamic: { maxChildren: 2 },
      clock: time,
      random: () => 1,
    });
    const a = story.child("a", {
      restart: "transient",
      backoff: { baseMs: 100, capMs: 100, resetMs: 1 },
      onStop: () => {},
      shutdown: 300,
    });
    const b = story.child("b", { restart: "transient", onStop: () => {}, shutdown: 300 });
    expect(await supervisor.startChild(a.spec)).toBe("a#1");
    await supervisor.startChild(b.spec);
    a.end(crash());
    await settled();
    expect((await supervisor.startChild(story.child("c").spec).catch((e) => e)).code).toBe("max_children");
    await time.advance(100);
    expect(a.alive).toBe(1);
    b.end({ kind: "normal" });
    await settled();
    expect(supervisor.whichChildren().map((child) => child.id)).toEqual(["a"]);
    const failing = story.child("f", {
      onStart: () => {
        throw new Error("no");
      },
    });
    expect((await supervisor.startChild(failing.spec).catch((e) => e)).code).toBe("start_failed");
    expect(supervisor.countChildren().specs).toBe(1);
    await supervisor.startChild(b.spec);
    const stop = supervisor.stop();
    await time.advance(300);
    await stop;
    expect([a.alive, b.alive, time.pending]).toEqual([0, 0, 0]);
  });
});
