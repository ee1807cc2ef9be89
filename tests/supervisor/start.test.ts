import { describe, expect, test } from "bun:test";
import { SupervisorError } from "../../src/supervisor/errors.ts";
import type { ChildSpec } from "../../src/supervisor/spec.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";
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
    await time.advance(1000 + 1000);
    expect((await starting).code).toBe("start_failed");
    gate.resolve();
    await settled();
    expect(story.told()).toEqual(["start a", "stop a"]);
    expect(child.alive).toBe(0);
  });

  test("after a start that took too long nothing else starts before it is undone, or its grace is over", async () => {
    const story = new Story();
    const time = clock();
    const gate = Promise.withResolvers<void>();
    const child = story.child("a", {
      startTimeout: 100,
      onStart: () => (child.starts === 2 ? gate.promise : Promise.resolve()),
    });
    const supervisor = await startSupervisor("root", { children: [child.spec], clock: time });
    child.end(crash());
    await time.advance(100 + 999);
    expect(child.starts).toBe(2);
    gate.resolve();
    await settled();
    expect(story.told()).toEqual(["start a", "start a", "stop a", "start a"]);
    expect(child.alive).toBe(1);
    await supervisor.stop();
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
