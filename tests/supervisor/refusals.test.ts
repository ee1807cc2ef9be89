/** Bad specifications are refused when they are declared. */
import { describe, expect, test } from "bun:test";
import { type SupervisorOptions, startSupervisor, supervisorSpec } from "../../src/supervisor/start.ts";
import { Story } from "./scripted-child.ts";

const backoff = { baseMs: 100, capMs: 400, resetMs: 1000 };
const health = { check: async () => {}, everyMs: 10, timeoutMs: 10, misses: 1 };

const FLAWS_OF_A_CHILD: [string, object][] = [
  ["a duplicate id", { id: "x" }],
  ["no id", { id: "" }],
  ["an id that is no text", { id: 7 }],
  ["no start", { start: undefined }],
  ["an unknown restart type", { restart: "always" }],
  ["an unknown type", { type: "service" }],
  ["a negative shutdown", { shutdown: -1 }],
  ["a shutdown that is not a number", { shutdown: Number.NaN }],
  ["an unknown word for a shutdown", { shutdown: "later" }],
  ["a start timeout of zero", { startTimeout: 0 }],
  ["a start timeout that is not a number", { startTimeout: Number.NaN }],
  ["a negative backoff", { backoff: { ...backoff, baseMs: -1 } }],
  ["a backoff with a cap below its base", { backoff: { ...backoff, capMs: 99 } }],
  ["a backoff with a negative reset", { backoff: { ...backoff, resetMs: -1 } }],
  ["a backoff that makes escalation unreachable", { backoff: { ...backoff, baseMs: 60_000, capMs: 60_000 } }],
  ["a health probe that never asks", { health: { ...health, everyMs: 0 } }],
  ["a health probe that does not wait", { health: { ...health, timeoutMs: 0 } }],
  ["a health probe that allows no miss", { health: { ...health, misses: 0 } }],
  ["a health probe with half a miss", { health: { ...health, misses: 1.5 } }],
];

const FLAWS_OF_A_SUPERVISOR: [string, object][] = [
  ["an unknown strategy", { strategy: "simple_one_for_one" }],
  ["a negative number of restarts", { intensity: { maxRestarts: -1, maxSeconds: 5 } }],
  ["half a restart", { intensity: { maxRestarts: 0.5, maxSeconds: 5 } }],
  ["a period of zero", { intensity: { maxRestarts: 1, maxSeconds: 0 } }],
  ["a period that is not a number", { intensity: { maxRestarts: 1, maxSeconds: Number.NaN } }],
  ["a dynamic supervisor with another strategy", { strategy: "one_for_all", dynamic: {} }],
  ["a negative number of children", { dynamic: { maxChildren: -1 } }],
];

const codeOf = (error: { code?: string }) => error.code;

describe("refused before anything starts", () => {
  test.each(FLAWS_OF_A_CHILD)("%s", async (_, flaw) => {
    const story = new Story();
    const spec = { ...story.child("y").spec, ...flaw };
    const children = [story.child("x").spec, spec];
    expect(await startSupervisor("root", { children }).catch(codeOf)).toBe("bad_spec");
    // Refused where it is written down, long before the parent starts it.
    expect(() => supervisorSpec("inner", { children })).toThrow(
      expect.objectContaining({ code: "bad_spec" }),
    );
    expect(story.told()).toEqual([]);
  });

  test.each(FLAWS_OF_A_CHILD.slice(1))("%s, in a child that joins later", async (_, flaw) => {
    const story = new Story();
    const supervisor = await startSupervisor("root", { dynamic: {} });
    const spec = { ...story.child("y").spec, ...flaw };
    expect(await supervisor.startChild(spec).catch(codeOf)).toBe("bad_spec");
    expect(supervisor.countChildren().specs).toBe(0);
    await supervisor.stop();
  });

  test.each(FLAWS_OF_A_SUPERVISOR)("%s", async (_, flaw) => {
    const options = flaw as SupervisorOptions; // Wrong on purpose.
    expect(await startSupervisor("root", options).catch(codeOf)).toBe("bad_spec");
    expect(() => supervisorSpec("inner", options)).toThrow(expect.objectContaining({ code: "bad_spec" }));
  });
});
