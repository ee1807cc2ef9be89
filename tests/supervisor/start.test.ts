import { describe, expect, test } from "bun:test";
import { SupervisorError } from "../../src/supervisor/errors.ts";
import type { ChildSpec } from "../../src/supervisor/spec.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { Story } from "./scripted-child.ts";

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

  test("ignore keeps the spec without a process, unless it is temporary", async () => {
    const story = new Story();
    const kept = story.child("kept", { onStart: () => "ignore" });
    const dropped = story.child("dropped", { onStart: () => "ignore", restart: "temporary" });
    const options = { children: [kept.spec, dropped.spec], clock: clock() };
    const supervisor = await startSupervisor("root", options);
    expect(supervisor.whichChildren()).toEqual([
      { id: "kept", type: "worker", state: "stopped", restarts: 0 },
    ]);
    expect(supervisor.countChildren()).toEqual({ specs: 1, active: 0, workers: 1, supervisors: 0 });
    await supervisor.restartChild("kept");
    expect(kept.starts).toBe(2);
    await supervisor.stop();
  });
});
