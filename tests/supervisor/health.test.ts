import { describe, expect, test } from "bun:test";
import type { HealthProbe } from "../../src/supervisor/spec.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { type ScriptedChild, Story } from "./scripted-child.ts";

/** A child that answers `answers` times and then never again, until it is restarted. */
function mortal(story: Story, answers: number): { child: ScriptedChild; asked: () => number } {
  let asked = 0;
  let left = answers;
  const check = (): Promise<void> => {
    asked++;
    return left-- > 0 ? Promise.resolve() : new Promise(() => {});
  };
  const health: HealthProbe<string> = { check, everyMs: 1000, timeoutMs: 100, misses: 2 };
  return { child: story.child("a", { health }), asked: () => asked };
}

async function supervise(story: Story, child: ScriptedChild) {
  const clock = new FakeClock();
  const supervisor = await startSupervisor("root", {
    children: [child.spec],
    clock,
    listener: story.listener,
  });
  return { clock, supervisor };
}

describe("a health probe", () => {
  test("leaves a child alone that answers", async () => {
    const story = new Story();
    const { child, asked } = mortal(story, 100);
    const { clock, supervisor } = await supervise(story, child);
    await clock.advance(10_000);
    expect([child.starts, asked()]).toEqual([1, 10]);
    await supervisor.stop();
    expect(clock.pending).toBe(0);
  });

  test("makes a crash of so many misses in a row, killing first", async () => {
    const story = new Story();
    const { child } = mortal(story, 1);
    const { clock, supervisor } = await supervise(story, child);
    await clock.advance(1000 + 1000 + 100 + 1000 + 99);
    expect(child.starts).toBe(1);
    await clock.advance(1);
    expect(story.told()).toEqual(["start a", "kill a", "start a"]);
    expect(story.events.find((event) => event.type === "child_exited")).toMatchObject({
      exit: { kind: "crash", error: { name: "HungError" } },
    });
    await supervisor.stop();
  });

  test("takes a rejection for a miss and an answer for a new beginning", async () => {
    const story = new Story();
    const replies = [
      Promise.reject(new Error("no")),
      Promise.resolve(),
      Promise.reject(new Error("no")),
      Promise.resolve(),
    ];
    for (const reply of replies) reply.catch(() => {});
    const child = story.child("a", {
      health: { check: () => replies.shift() ?? Promise.resolve(), everyMs: 10, timeoutMs: 5, misses: 2 },
    });
    const { clock, supervisor } = await supervise(story, child);
    await clock.advance(100);
    expect(child.starts).toBe(1);
    await supervisor.stop();
  });

  test("that is under way when the child stops changes nothing", async () => {
    const story = new Story();
    const { child } = mortal(story, 0);
    const { clock, supervisor } = await supervise(story, child);
    await clock.advance(2150);
    await supervisor.stop();
    await clock.advance(10_000);
    expect(story.told()).toEqual(["start a", "stop a"]);
    expect(clock.pending).toBe(0);
  });

  test("that found one hung is no news of the one that has taken its place since", async () => {
    const story = new Story();
    const { child } = mortal(story, 0);
    const { clock, supervisor } = await supervise(story, child);
    // The supervisor is busy with a start while the child misses its probes, after it was asked to replace it.
    const gate = Promise.withResolvers<void>();
    const busy = supervisor.startChild(story.child("busy", { onStart: () => gate.promise }).spec);
    const replaced = [supervisor.terminateChild("a"), supervisor.restartChild("a")];
    await clock.advance(2200);
    gate.resolve();
    await Promise.all([busy, ...replaced]);
    await settled();
    expect(story.told()).toEqual(["start a", "start busy", "stop a", "start a"]);
    expect(child.alive).toBe(1);
    await supervisor.stop();
  });

  test("of a child that cannot be killed reports it as leaked and goes on with another", async () => {
    const story = new Story();
    const health: HealthProbe<string> = {
      check: () => new Promise(() => {}),
      everyMs: 10,
      timeoutMs: 10,
      misses: 1,
    };
    const child = story.child("a", { health, unkillable: () => true });
    const { clock, supervisor } = await supervise(story, child);
    await clock.advance(20 + 2000);
    expect(story.events.map(({ type }) => type)).toEqual([
      "child_started",
      "child_leaked",
      "child_exited",
      "restart_scheduled",
      "child_started",
    ]);
    child.end({ kind: "normal" });
    const stop = supervisor.stop();
    await clock.advance(10_000);
    await stop;
  });
});
