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
    expect(time.pending).toBe(0);
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

  test("the time of the next try is told, however long the siblings take to end", async () => {
    const story = new Story();
    const time = clock();
    const failing = story.child("failing", { backoff: { baseMs: 200, capMs: 200, resetMs: 1000 } });
    const slow = story.child("slow", { onStop: () => {}, shutdown: 700 });
    const supervisor = await startSupervisor("root", {
      strategy: "one_for_all",
      children: [failing.spec, slow.spec],
      clock: time,
      random: () => 1,
    });
    failing.end(crash());
    await time.advance(700);
    const [row] = supervisor.whichChildren();
    expect(row).toMatchObject({ id: "failing", state: "restarting", nextTryAt: 900 });
    await time.advance(200);
    expect(failing.starts).toBe(2);
    const stopped = supervisor.stop();
    await time.advance(700);
    await stopped;
  });

  test("are answered while restarts fail again and again; a stop in between ends it", async () => {
    const story = new Story();
    const child = story.child("a", {
      onStart: () => {
        if (child.starts > 1 && child.starts < 500) throw new Error("not yet");
      },
    });
    const intensity = { maxRestarts: 1000, maxSeconds: 5 };
    const options = { children: [child.spec], clock: clock(), intensity };
    const supervisor = await startSupervisor("root", options);
    child.end(crash());
    expect((await supervisor.deleteChild("b").catch((e) => e)).code).toBe("not_found");
    await supervisor.terminateChild("a");
    const { starts } = child;
    expect(starts).toBeLessThan(500);
    await settled();
    expect(child.starts).toBe(starts);
    expect(supervisor.whichChildren()).toMatchObject([{ id: "a", state: "stopped" }]);
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
