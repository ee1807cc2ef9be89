/** Random lives of a process that loads models: whatever happens, what must not be does not happen. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { LoadedModel, LoadOptions } from "../../src/models/port.ts";
import { nextIdleAt } from "../../src/models/residency/order.ts";
import { emptyResidency, nextResidency } from "../../src/models/residency/residency.ts";
import type { ResidencyEffect, ResidencyEvent } from "../../src/models/residency/state.ts";

const IDLE_MS = 100;
const PATHS = ["a", "b", "c"];

type Command =
  | { do: "want"; path: string; contextSize: number | undefined }
  | { do: "release" | "give_up"; which: number }
  | { do: "unload"; path: string }
  | { do: "finish"; how: "well" | "too_large" | "badly" }
  | { do: "end"; asked: boolean }
  | { do: "start" }
  | { do: "wait"; ms: number };

const path = fc.constantFrom(...PATHS);
const which = fc.nat(20);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("want" as const),
      path,
      contextSize: fc.constantFrom(undefined, 1, 2),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("release" as const, "give_up" as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unload" as const), path }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("finish" as const),
      how: fc.constantFrom("well" as const, "well" as const, "too_large" as const, "badly" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), asked: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("start" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(150) }) },
);

interface User {
  path: string;
  state: "waiting" | "using" | "refused" | "released";
}

/** The process and those who use it, which see to it that no rule is broken. */
class World {
  readonly users = new Map<number, User>();
  /** In the process's memory: how each was loaded, and when it was last used. */
  readonly memory = new Map<string, LoadOptions>();
  work: { type: "load" | "unload"; path: string; options: LoadOptions } | undefined;
  state = emptyResidency(IDLE_MS);
  #now = 0;
  readonly #lastUse = new Map<string, number>();

  run(command: Command): void {
    switch (command.do) {
      case "want":
        this.want(command.path, command.contextSize);
        break;
      case "release":
        this.release("using", command.which);
        break;
      case "give_up":
        this.release("waiting", command.which);
        break;
      case "unload":
        this.tell({ type: "unload", path: command.path });
        break;
      case "finish":
        this.finish(command.how);
        break;
      case "end":
        this.end(command.asked);
        break;
      case "start":
        this.start();
        break;
      case "wait":
        this.#now += command.ms;
        this.tell({ type: "time_passed" });
        break;
    }
  }

  want(path: string, contextSize?: number): void {
    const user = this.users.size;
    this.users.set(user, { path, state: "waiting" });
    this.#lastUse.set(path, this.#now + 1);
    this.tell({ type: "wanted", user, path, options: contextSize === undefined ? {} : { contextSize } });
  }

  release(state: "using" | "waiting", which: number): void {
    const those = [...this.users].filter(([, user]) => user.state === state);
    const chosen = those[which % Math.max(1, those.length)];
    if (!chosen) return;
    const [id, user] = chosen;
    user.state = "released";
    this.#lastUse.set(user.path, this.#now + 1);
    this.tell({ type: "released", user: id });
  }

  finish(how: "well" | "too_large" | "badly"): void {
    const { work } = this;
    if (!work) return;
    this.work = undefined;
    const { type, path, options } = work;
    if (type === "unload") {
      this.memory.delete(path);
      this.tell({ type: "unloaded", path });
      return;
    }
    if (how === "well") {
      this.memory.set(path, options);
      this.tell({ type: "loaded", path, model: modelOf(path, options) });
      return;
    }
    const code = how === "too_large" ? "too_large" : "load_failed";
    this.tell({ type: "load_failed", path, problem: { code, message: how } });
  }

  end(asked: boolean): void {
    this.work = undefined;
    this.memory.clear();
    // Whoever had an answer under way finds out by itself, and lets go.
    const lost = [...this.users].filter(([, user]) => user.state === "using");
    this.tell({ type: "host_down", problem: { code: "crashed", message: "crashed" }, asked });
    for (const [user, about] of lost) {
      about.state = "released";
      this.#lastUse.set(about.path, this.#now + 1);
      this.tell({ type: "released", user });
    }
  }

  start(): void {
    if (!this.state.hostUp) this.tell({ type: "host_up" });
  }

  tell(event: ResidencyEvent): void {
    this.#now++;
    const before = this.state;
    const step = nextResidency(before, event, this.#now);
    this.state = step.state;
    const isTooLarge = event.type === "load_failed" && event.problem.code === "too_large";
    for (const effect of step.effects) this.#check(effect, isTooLarge);
  }

  #check(effect: ResidencyEffect, isTooLarge: boolean): void {
    if (effect.type === "load") {
      expect(this.work).toBeUndefined();
      expect(this.state.hostUp).toBe(true);
      expect(this.memory.has(effect.path)).toBe(false);
      this.work = effect;
    } else if (effect.type === "unload") {
      expect(this.work).toBeUndefined();
      expect(this.state.hostUp).toBe(true);
      expect(this.memory.has(effect.path)).toBe(true);
      expect(this.#inUse(effect.path)).toBe(false);
      if (isTooLarge) this.#checkVictim(effect.path);
      this.work = { ...effect, options: {} };
    } else if (effect.type === "granted" || effect.type === "refused") {
      const user = this.users.get(effect.user);
      expect(user?.state).toBe("waiting");
      if (user) user.state = effect.type === "granted" ? "using" : "refused";
      if (effect.type === "granted") expect(this.memory.has(effect.model.path)).toBe(true);
    } else if (effect.type === "cancel_load") {
      expect(this.work).toMatchObject({ type: "load", path: effect.path });
    }
  }

  /** Of those that nobody uses or waits for, it was not used for longest. */
  #checkVictim(victim: string): void {
    const idle = [...this.memory.keys()].filter((path) => !this.#isWanted(path));
    const oldest = Math.min(...idle.map((path) => this.#lastUse.get(path) ?? 0));
    expect(idle).toContain(victim);
    expect(this.#lastUse.get(victim)).toBe(oldest);
  }

  #inUse(path: string): boolean {
    return [...this.users.values()].some((user) => user.path === path && user.state === "using");
  }

  #isWanted(path: string): boolean {
    const wants = ["using", "waiting"];
    return [...this.users.values()].some((user) => user.path === path && wants.includes(user.state));
  }
}

function modelOf(path: string, { contextSize = 0 }: LoadOptions): LoadedModel {
  const rest = { threads: 1, batchSize: 1, acceleratedLayers: 0, layers: 1, memoryBytes: 1, loadMs: 1 };
  return { path, contextSize, ...rest };
}

test("no two things at once, nothing is taken from who uses it, everybody is told once, and all is well in the end", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const world = new World();
      for (const one of commands) world.run(one);
      world.start();
      // Whoever uses a model that somebody wants in another way has to let go of it.
      for (let round = 0; round < 100; round++) {
        world.finish("well");
        world.release("using", 0);
      }
      const states = new Set([...world.users.values()].map(({ state }) => state));
      expect([...states].filter((state) => state === "waiting" || state === "using")).toEqual([]);
      expect(world.work).toBeUndefined();
      world.run({ do: "wait", ms: IDLE_MS });
      for (let round = 0; round < PATHS.length + 1; round++) world.finish("well");
      expect([...world.memory.keys()]).toEqual([]);
      expect(world.state.models).toEqual([]);
      expect(nextIdleAt(world.state)).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

test("after a crash everything that was loaded is loaded again by itself", () => {
  const wants = fc.array(path, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(wants, (paths) => {
      const world = new World();
      world.start();
      for (const one of paths) {
        world.want(one);
        world.finish("well");
        world.release("using", 0);
      }
      const before = [...world.memory.keys()].sort();
      world.end(false);
      world.start();
      const order: string[] = [];
      while (world.work) {
        order.push(world.work.path);
        world.finish("well");
      }
      expect([...world.memory.keys()].sort()).toEqual(before);
      const lastFirst = [...new Set(paths.toReversed())];
      expect(order).toEqual(lastFirst);
    }),
  );
});
