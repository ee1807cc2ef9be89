import { describe, expect, test } from "bun:test";
import { startSupervisor } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { crash, Story } from "./scripted-child.ts";

const clock = () => new FakeClock();

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
