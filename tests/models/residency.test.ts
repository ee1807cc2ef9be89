import { describe, expect, test } from "bun:test";
import type { LoadedModel, LoadOptions } from "../../src/models/port.ts";
import type { ModelProblem } from "../../src/models/problem.ts";
import { nextIdleAt } from "../../src/models/residency/order.ts";
import { afterLoaderEnded, emptyResidency, nextResidency } from "../../src/models/residency/residency.ts";
import type { ResidencyEvent } from "../../src/models/residency/state.ts";

function model(path: string, options: LoadOptions = {}): LoadedModel {
  const { contextSize = 4096, threads = 2, batchSize = 512 } = options;
  const rest = { acceleratedLayers: 0, layers: 1, memoryBytes: 1, loadMs: 1 };
  return { path, contextSize, threads, batchSize, ...rest };
}

const problem = (code: ModelProblem["code"]): ModelProblem => ({ code, message: code });
const want = (user: number, path: string, options: LoadOptions = {}): ResidencyEvent => ({
  type: "wanted",
  user,
  path,
  options,
});
const loaded = (path: string, options?: LoadOptions): ResidencyEvent => ({
  type: "loaded",
  path,
  model: model(path, options),
});
const failed = (path: string, code: ModelProblem["code"]): ResidencyEvent => ({
  type: "load_failed",
  path,
  problem: problem(code),
});
const down = (asked = false): ResidencyEvent => ({ type: "host_down", problem: problem("crashed"), asked });
const up: ResidencyEvent = { type: "host_up" };
const release = (user: number): ResidencyEvent => ({ type: "released", user });

/** A residency that is told events, each a millisecond after the one before, and says in short what is to be done. */
function tell(idleMs = 0) {
  let state = emptyResidency(idleMs);
  let now = 0;
  return {
    get state() {
      return state;
    },
    say(event: ResidencyEvent, ms = 1): string[] {
      now += ms;
      const step = nextResidency(state, event, now);
      state = step.state;
      return step.effects.map((effect) => {
        if ("user" in effect) return `${effect.type} ${effect.user}`;
        return effect.type === "notice" ? effect.text : `${effect.type} ${effect.path}`;
      });
    },
    restartLoader: () => {
      state = afterLoaderEnded(state);
    },
    idleAt: () => nextIdleAt(state),
    now: () => now,
  };
}

describe("loading", () => {
  test("waits for the process, and two who want the same get it by one load", () => {
    const { say } = tell();
    expect(say(want(1, "a"))).toEqual([]);
    expect(say(up)).toEqual(["load a"]);
    expect(say(want(2, "a"))).toEqual([]);
    expect(say(loaded("a"))).toEqual(["granted 1", "granted 2"]);
    expect(say(want(3, "a"))).toEqual(["granted 3"]);
  });

  test("goes one after the other", () => {
    const { say } = tell();
    say(up);
    expect(say(want(1, "a"))).toEqual(["load a"]);
    expect(say(want(2, "b"))).toEqual([]);
    expect(say(loaded("a"))).toEqual(["granted 1", "load b"]);
  });

  test("goes on when one of two who wait gives up, and stops when both do", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    say(want(2, "a"));
    expect(say(release(1))).toEqual([]);
    expect(say(release(2))).toEqual(["cancel_load a"]);
    expect(say(failed("a", "aborted"))).toEqual([]);
  });

  test("that was stopped begins again for one who came while it was being stopped", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    say(release(1));
    expect(say(want(2, "a"))).toEqual([]);
    expect(say(failed("a", "aborted"))).toEqual(["load a"]);
    expect(say(loaded("a"))).toEqual(["granted 2"]);
  });

  test("that could not be stopped any more serves the next", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    say(release(1));
    expect(say(loaded("a"))).toEqual([]);
    expect(say(want(2, "a"))).toEqual(["granted 2"]);
  });

  test("that fails is told to those who wait", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    say(want(2, "b"));
    expect(say(failed("a", "truncated"))).toEqual(["refused 1", "load b"]);
  });
});

describe("how a model is wanted", () => {
  test("is met by what it is loaded with, by what came of that, and by anything where nothing is said", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a", { contextSize: 999_999 }));
    say(loaded("a", { contextSize: 8192 }));
    expect(say(want(2, "a", { contextSize: 999_999 }))).toEqual(["granted 2"]);
    expect(say(want(3, "a", { contextSize: 8192, acceleration: "auto" }))).toEqual(["granted 3"]);
    expect(say(want(4, "a"))).toEqual(["granted 4"]);
  });

  test("another way is forgotten with the one who wanted it", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    say(loaded("a"));
    say(want(2, "a", { contextSize: 8192 }));
    say(release(2));
    expect(say(want(3, "a"))).toEqual(["granted 3"]);
  });

  test("another way means loading it again, once nobody uses it", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    say(loaded("a"));
    expect(say(want(2, "a", { contextSize: 8192 }))).toEqual([]);
    expect(say(release(1))).toEqual(["unload a"]);
    expect(say({ type: "unloaded", path: "a" })).toEqual(["gone a", "load a"]);
    expect(say(loaded("a", { contextSize: 8192 }))).toEqual(["granted 2"]);
  });
});

describe("memory", () => {
  /** Models a, b and c are loaded and were used in the order c, a, b; b is in use. */
  function threeLoaded() {
    const told = tell();
    told.say(up);
    for (const [user, path] of ["a", "b", "c"].entries()) {
      told.say(want(user, path));
      told.say(loaded(path));
    }
    told.say(release(2));
    told.say(release(0));
    return told;
  }

  test("is made by unloading what was not used for longest, but nothing that is in use", () => {
    const { say } = threeLoaded();
    expect(say(want(9, "d"))).toEqual(["load d"]);
    expect(say(failed("d", "too_large"))).toEqual(["unload c"]);
    expect(say({ type: "unloaded", path: "c" })).toEqual(["gone c", "load d"]);
    expect(say(failed("d", "too_large"))).toEqual(["unload a"]);
    expect(say({ type: "unloaded", path: "a" })).toEqual(["gone a", "load d"]);
    expect(say(failed("d", "too_large"))).toEqual(["refused 9"]);
  });

  test("is not made for a model that is loaded again by itself", () => {
    const { say } = threeLoaded();
    say(release(1));
    say(down());
    expect(say(up)).toEqual(["load b"]);
    expect(say(loaded("b"))).toEqual(["load a"]);
    expect(say(failed("a", "too_large"))).toEqual(["the model a is not loaded again: too_large", "load c"]);
  });
});

describe("unloading", () => {
  test("waits until nobody uses the model, and is called off by one who wants it", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    say(loaded("a"));
    expect(say({ type: "unload", path: "a" })).toEqual([]);
    expect(say(want(2, "a"))).toEqual(["stays a", "granted 2"]);
    say({ type: "unload", path: "a" });
    say(release(1));
    expect(say(release(2))).toEqual(["unload a"]);
    expect(say({ type: "unloaded", path: "a" })).toEqual(["gone a"]);
  });

  test("comes by itself after the idle time, counted from the last use", () => {
    const { say, idleAt, now } = tell(1000);
    say(up);
    say(want(1, "a"));
    say(loaded("a"));
    expect(idleAt()).toBeUndefined();
    expect(say({ type: "time_passed" }, 5000)).toEqual([]);
    say(release(1));
    expect(idleAt()).toBe(now() + 1000);
    expect(say({ type: "time_passed" }, 999)).toEqual([]);
    expect(say({ type: "time_passed" }, 1)).toEqual(["unload a"]);
  });

  test("never comes by itself where the idle time is 0, and at once when it is shortened", () => {
    const { say, idleAt } = tell(0);
    say(up);
    say(want(1, "a"));
    say(loaded("a"));
    say(release(1));
    expect(idleAt()).toBeUndefined();
    expect(say({ type: "time_passed" }, 1e9)).toEqual([]);
    expect(say({ type: "idle_time", idleMs: 10 })).toEqual(["unload a"]);
  });
});

describe("after the end of the process", () => {
  test("what was loaded is loaded again, what was used last first, and those who wait before all", () => {
    const { say } = tell();
    say(up);
    for (const [user, path] of ["a", "b"].entries()) {
      say(want(user, path));
      say(loaded(path));
      say(release(user));
    }
    say(down());
    say(want(7, "x"));
    expect(say(up)).toEqual(["load x"]);
    expect(say(loaded("x"))).toEqual(["granted 7", "load b"]);
    expect(say(loaded("b"))).toEqual(["load a"]);
    expect(say(loaded("a"))).toEqual([]);
  });

  test("those whose model was being loaded are told; those who were next wait on", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    say(want(2, "b"));
    expect(say(down())).toEqual(["refused 1"]);
    expect(say(up)).toEqual(["load b"]);
  });

  test("a model whose loading ended it is not loaded again by itself, which is told once", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    say(loaded("a"));
    say(release(1));
    say(down());
    expect(say(up)).toEqual(["load a"]);
    const told = "the model a is not loaded again: loading it has ended the inference process";
    expect(say(down())).toEqual([told]);
    expect(say(up)).toEqual([]);
    expect(say(want(2, "a"))).toEqual(["load a"]);
  });

  test("that we asked for, nothing is blamed", () => {
    const { say } = tell();
    say(up);
    say(want(1, "a"));
    expect(say(down(true))).toEqual([]);
    expect(say(up)).toEqual(["load a"]);
  });

  test("who waits for an unload is told, whatever it was doing", () => {
    for (const asked of [true, false]) {
      const { say } = tell();
      say(up);
      say(want(1, "a"));
      say({ type: "unload", path: "a" });
      const first = say(down(asked));
      const rest = asked
        ? [...say(up), ...say(loaded("a")), ...say(release(1)), ...say({ type: "unloaded", path: "a" })]
        : [];
      expect([...first, ...rest]).toContain("gone a");
    }
  });

  test("a new loader knows what was loaded, and none of those who waited", () => {
    const told = tell();
    told.say(up);
    told.say(want(1, "a"));
    told.say(loaded("a"));
    told.say(want(2, "b"));
    told.restartLoader();
    expect(told.say(up)).toEqual(["load a"]);
    expect(told.say(loaded("a"))).toEqual([]);
    expect(told.say(release(1))).toEqual([]);
  });
});
