/** Whose restarts count against whom. */
import { afterEach, expect, setSystemTime, test } from "bun:test";
import { startSupervisor, supervisorSpec } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { crash, type ScriptedChild, Story } from "./scripted-child.ts";

afterEach(() => {
  setSystemTime();
});

const INTENSITY = { maxRestarts: 2, maxSeconds: 5 };

async function crashTimes(child: ScriptedChild, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    child.end(crash());
    await settled();
  }
}

test("siblings share the budget of their supervisor", async () => {
  const story = new Story();
  const [a, b] = [story.child("a"), story.child("b")];
  const options = { children: [a.spec, b.spec], intensity: INTENSITY, clock: new FakeClock() };
  const supervisor = await startSupervisor("root", options);
  await crashTimes(a, 1);
  await crashTimes(b, 1);
  expect([a.alive, b.alive]).toEqual([1, 1]);
  await crashTimes(b, 1);
  expect(await supervisor.exited).toEqual({ kind: "shutdown" });
  expect([a.alive, b.alive]).toEqual([0, 0]);
});

test("with supervisors of their own, held as transient, one spends nobody else's budget", async () => {
  const story = new Story();
  const clock = new FakeClock();
  const [a, b] = [story.child("a"), story.child("b")];
  const own = (name: string, child: ScriptedChild) =>
    supervisorSpec(name, { children: [child.spec], intensity: INTENSITY, clock }, "transient");
  const options = {
    dynamic: {},
    intensity: { maxRestarts: 0, maxSeconds: 5 },
    clock,
    listener: story.listener,
  };
  const servers = await startSupervisor("servers", options);
  await servers.startChild(own("one", a));
  await servers.startChild(own("other", b));
  await crashTimes(a, 3);
  expect([a.alive, b.alive, b.starts]).toEqual([0, 1, 1]);
  expect(servers.whichChildren().map(({ id }) => id)).toEqual(["other"]);
  await crashTimes(b, 2);
  expect(b.alive).toBe(1);
  expect(story.events.some(({ type }) => type === "intensity_exceeded")).toBe(false);
  await servers.stop();
});

test("a supervisor that gives up is one restart of its parent, which begins with a fresh budget", async () => {
  const story = new Story();
  const clock = new FakeClock();
  const child = story.child("a");
  const inner = supervisorSpec("inner", { children: [child.spec], intensity: INTENSITY, clock });
  const root = await startSupervisor("root", { children: [inner], intensity: INTENSITY, clock });
  // Three crashes end the inner one; after its third end the outer one has spent its budget too.
  await crashTimes(child, 8);
  expect([child.starts, child.alive]).toEqual([9, 1]);
  await crashTimes(child, 1);
  expect(await root.exited).toEqual({ kind: "shutdown" });
  expect([child.starts, child.alive]).toEqual([9, 0]);
});

test("a wall clock that jumps neither forgives a restart nor adds one", async () => {
  const story = new Story();
  const child = story.child("a");
  const options = { children: [child.spec], intensity: { maxRestarts: 2, maxSeconds: 3600 } };
  const supervisor = await startSupervisor("root", options);
  const start = Date.now();
  await crashTimes(child, 1);
  setSystemTime(start + 86_400_000);
  await crashTimes(child, 1);
  expect(child.alive).toBe(1);
  setSystemTime(start - 86_400_000);
  await crashTimes(child, 1);
  expect(await supervisor.exited).toEqual({ kind: "shutdown" });
  expect(child.starts).toBe(3);
});
