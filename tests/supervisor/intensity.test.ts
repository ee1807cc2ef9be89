import { expect, test } from "bun:test";
import { startSupervisor, supervisorSpec } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { crash, type ScriptedChild, Story } from "./scripted-child.ts";

const INTENSITY = { maxRestarts: 2, maxSeconds: 5 };

async function crashTimes(child: ScriptedChild, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    child.end(crash());
    await settled();
  }
}

test("N restarts are allowed; one more stops the siblings in reverse and exits with shutdown", async () => {
  const story = new Story();
  const [a, b] = [story.child("a"), story.child("b")];
  const options = {
    children: [a.spec, b.spec],
    intensity: INTENSITY,
    clock: new FakeClock(),
    listener: story.listener,
  };
  const supervisor = await startSupervisor("root", options);
  await crashTimes(a, 2);
  expect([a.alive, b.alive]).toEqual([1, 1]);
  await crashTimes(a, 1);
  expect([a.alive, b.alive]).toEqual([0, 0]);
  expect(await supervisor.exited).toEqual({ kind: "shutdown" });
  expect(story.events.map((event) => event.type)).toContain("intensity_exceeded");
});

test("the period includes both its ends", async () => {
  for (const [thirdAt, alive] of [
    [5000, 0],
    [5001, 1],
  ] as const) {
    const story = new Story();
    const clock = new FakeClock();
    const child = story.child("a");
    const supervisor = await startSupervisor("root", { children: [child.spec], intensity: INTENSITY, clock });
    await crashTimes(child, 2);
    await clock.advance(thirdAt);
    await crashTimes(child, 1);
    expect(child.alive).toBe(alive);
    await supervisor.stop();
  }
});

test("failed restarts count", async () => {
  const story = new Story();
  const child = story.child("a", {
    onStart: () => {
      if (child.starts > 1 && child.starts < 50) throw new Error("not for a long time");
    },
  });
  const supervisor = await startSupervisor("root", {
    children: [child.spec],
    intensity: INTENSITY,
    clock: new FakeClock(),
  });
  child.end(crash());
  await settled();
  expect(child.starts).toBe(3);
  expect(await supervisor.exited).toEqual({ kind: "shutdown" });
});

test("an intensity of zero allows no restart", async () => {
  const story = new Story();
  const child = story.child("a");
  const options = {
    children: [child.spec],
    intensity: { maxRestarts: 0, maxSeconds: 1 },
    clock: new FakeClock(),
  };
  const supervisor = await startSupervisor("root", options);
  child.end(crash());
  await supervisor.exited;
  expect(child.starts).toBe(1);
});

test("a permanent failure gives up at once, whatever the budget", async () => {
  const story = new Story();
  const child = story.child("a");
  const supervisor = await startSupervisor("root", {
    children: [child.spec],
    clock: new FakeClock(),
    listener: story.listener,
  });
  child.end({ kind: "crash", error: { permanent: true } });
  await supervisor.exited;
  expect(child.starts).toBe(1);
  expect(story.events.map((event) => event.type)).toContain("permanent_failure");
});

test("an exhausted child supervisor is left alone when transient and restarted when permanent", async () => {
  for (const restart of ["transient", "permanent"] as const) {
    const story = new Story();
    const clock = new FakeClock();
    const child = story.child("a");
    const inner = supervisorSpec(
      "inner",
      { children: [child.spec], intensity: { maxRestarts: 0, maxSeconds: 5 }, clock },
      restart,
    );
    const root = await startSupervisor("root", { children: [inner], clock });
    child.end(crash());
    await settled();
    expect(child.starts).toBe(restart === "permanent" ? 2 : 1);
    await root.stop();
    expect(child.alive).toBe(0);
  }
});

test("the delays double, are reset after stable running, and nothing starts once it is stopped", async () => {
  const story = new Story();
  const clock = new FakeClock();
  const child = story.child("a", { backoff: { baseMs: 200, capMs: 5000, resetMs: 30_000 } });
  const options = {
    children: [child.spec],
    clock,
    random: () => 1,
    intensity: { maxRestarts: 5, maxSeconds: 60 },
    listener: story.listener,
  };
  const supervisor = await startSupervisor("root", options);
  for (const delay of [200, 400, 800]) {
    await crashTimes(child, 1);
    expect(supervisor.whichChildren()[0]?.state).toBe("restarting");
    await clock.advance(delay - 1);
    expect(child.alive).toBe(0);
    await clock.advance(1);
    expect(child.alive).toBe(1);
  }
  await clock.advance(30_000);
  await crashTimes(child, 1);
  expect(
    story.events.filter((event) => event.type === "restart_scheduled").map((event) => event.delayMs),
  ).toEqual([200, 400, 800, 200]);
  await supervisor.stop();
  await clock.advance(60_000);
  expect(child.alive).toBe(0);
  expect(clock.pending).toBe(0);
});
