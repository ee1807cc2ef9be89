/** Starts that take too long, and what becomes of them. */
import { expect, test } from "bun:test";
import { startSupervisor } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { crash, type Script, Story } from "./scripted-child.ts";

/** A supervisor whose child starts at once the first time, and the second time when `gate` opens. */
async function withSlowRestart(script: Script) {
  const story = new Story();
  const clock = new FakeClock();
  const gate = Promise.withResolvers<void>();
  const child = story.child("a", {
    ...script,
    onStart: () => (child.starts === 2 ? gate.promise : Promise.resolve()),
  });
  const options = { children: [child.spec], clock, listener: story.listener };
  const supervisor = await startSupervisor("root", options);
  child.end(crash());
  await settled();
  story.told();
  return { story, clock, gate, child, supervisor };
}

test("a start that takes too long has failed; its late success is stopped, not adopted", async () => {
  const story = new Story();
  const clock = new FakeClock();
  const gate = Promise.withResolvers<void>();
  const child = story.child("a", { startTimeout: 1000, onStart: () => gate.promise });
  const starting = startSupervisor("root", { children: [child.spec], clock }).catch((e) => e);
  await clock.advance(999);
  expect(Bun.peek.status(starting)).toBe("pending");
  await clock.advance(1 + 1000);
  const error = await starting;
  expect(error).toMatchObject({
    code: "start_failed",
    cause: { name: "StartAbandonedError", reason: "timeout" },
  });
  gate.resolve();
  await settled();
  expect(story.told()).toEqual(["start a", "stop a"]);
  expect(child.alive).toBe(0);
});

test("after a start that took too long nothing else starts before it is undone, or its grace is over", async () => {
  const { story, clock, gate, child, supervisor } = await withSlowRestart({ startTimeout: 100 });
  await clock.advance(100 + 999);
  expect(child.starts).toBe(2);
  gate.resolve();
  await settled();
  expect(story.told()).toEqual(["stop a", "start a"]);
  expect(child.alive).toBe(1);
  await supervisor.stop();
});

test("a late child that ignores its stop is gone before the next one starts", async () => {
  const { story, clock, gate, child, supervisor } = await withSlowRestart({
    startTimeout: 100,
    onStop: () => {},
  });
  await clock.advance(100 + 900);
  gate.resolve();
  // What was left of the start's grace does not cut short the child's own.
  await clock.advance(999);
  expect([child.starts, child.alive]).toEqual([2, 1]);
  await clock.advance(1);
  expect(story.told()).toEqual(["stop a", "kill a", "start a"]);
  expect(child.alive).toBe(1);
  const stopped = supervisor.stop();
  await clock.advance(1000);
  await stopped;
  expect(clock.pending).toBe(0);
});

test("a late child that nobody can end is reported as leaked", async () => {
  const { story, clock, gate, supervisor } = await withSlowRestart({
    startTimeout: 100,
    shutdown: "brutal_kill",
    unkillable: () => true,
  });
  await clock.advance(100);
  gate.resolve();
  await clock.advance(2000);
  expect(story.events.filter(({ type }) => type === "child_leaked")).toHaveLength(1);
  const stopped = supervisor.stop();
  await clock.advance(2000);
  await stopped;
});

test("with brutal_kill nobody waits for a start that was given up; with infinity everybody does", async () => {
  const brutal = await withSlowRestart({ startTimeout: 100, shutdown: "brutal_kill" });
  await brutal.clock.advance(100);
  expect([brutal.child.starts, brutal.child.alive]).toEqual([3, 1]);
  await brutal.supervisor.stop();
  const patient = await withSlowRestart({ startTimeout: 100, shutdown: "infinity" });
  await patient.clock.advance(3_600_000);
  expect(patient.child.starts).toBe(2);
  patient.gate.resolve();
  await settled();
  expect([patient.child.starts, patient.child.alive]).toEqual([3, 1]);
  await patient.supervisor.stop();
});

test("a start timeout counts as a failed restart, and nothing of it is left after a start in time", async () => {
  const { story, clock, child, supervisor } = await withSlowRestart({ startTimeout: 100, shutdown: 0 });
  await clock.advance(100);
  expect(story.events.filter(({ type }) => type === "start_failed")).toHaveLength(1);
  expect(story.events.filter(({ type }) => type === "restart_scheduled")).toHaveLength(2);
  expect([child.starts, child.alive, clock.pending]).toEqual([3, 1, 0]);
  await supervisor.stop();
});
