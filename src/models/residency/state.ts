/** What is known of the models in the memory of the inference process, as plain data, and what may happen to them. */
import type { LoadedModel, LoadOptions } from "../port.ts";
import type { ModelProblem } from "../problem.ts";

export interface Residency {
  hostUp: boolean;
  /** Milliseconds after which a model that nobody uses is unloaded; 0 for never. */
  idleMs: number;
  models: readonly Resident[];
}

export interface Resident {
  path: string;
  /** How the one who asked last wants it; those who wait get it that way. */
  wanted: LoadOptions;
  /** `cancelling`: it is being loaded for nobody any more. */
  phase: "absent" | "loading" | "cancelling" | "loaded" | "unloading";
  /** How it is loaded, or being loaded. */
  options: LoadOptions;
  model?: LoadedModel;
  /** It was loaded once: after the process has ended it is loaded again, also if nobody waits for it. */
  kept: boolean;
  /** To be unloaded as soon as nobody uses it. */
  leaving: boolean;
  users: ReadonlyMap<number, "waiting" | "using">;
  /** Monotonic milliseconds. */
  lastUse: number;
}

export type ResidencyEvent =
  /** Somebody, who is known by a number of their own, needs a model until they release it. */
  | { type: "wanted"; user: number; path: string; options: LoadOptions }
  | { type: "released"; user: number }
  | { type: "unload"; path: string }
  | { type: "host_up" }
  /** `asked`: it was stopped by us, and nothing can be blamed for it. */
  | { type: "host_down"; problem: ModelProblem; asked: boolean }
  | { type: "loaded"; path: string; model: LoadedModel }
  | { type: "load_failed"; path: string; problem: ModelProblem }
  | { type: "unloaded"; path: string }
  | { type: "idle_time"; idleMs: number }
  | { type: "time_passed" };

export type ResidencyEffect =
  | { type: "load"; path: string; options: LoadOptions }
  | { type: "cancel_load"; path: string }
  | { type: "unload"; path: string }
  | { type: "granted"; user: number; model: LoadedModel }
  | { type: "refused"; user: number; problem: ModelProblem }
  /** For who waits for it to be unloaded: it is, or somebody needs it again. */
  | { type: "gone"; path: string }
  | { type: "stays"; path: string }
  | { type: "notice"; text: string };

export interface Step {
  state: Residency;
  effects: readonly ResidencyEffect[];
}

export function find(state: Residency, path: string): Resident | undefined {
  return state.models.find((resident) => resident.path === path);
}

/** Takes the place of the resident of this path. */
export function put(state: Residency, resident: Resident): Residency {
  const others = state.models.filter(({ path }) => path !== resident.path);
  return { ...state, models: [...others, resident] };
}

/** Forgets it, which whoever waits for that is told. */
export function drop(state: Residency, { path, leaving }: Resident): Step {
  const models = state.models.filter((resident) => resident.path !== path);
  return { state: { ...state, models }, effects: leaving ? [{ type: "gone", path }] : [] };
}

/** Not in memory, and still wanted. */
export function absent(resident: Resident): Resident {
  return { ...withoutModel(resident), phase: "absent" };
}

export function withoutModel({ model: _model, ...resident }: Resident): Resident {
  return resident;
}

export function isAwaited(users: Resident["users"]): boolean {
  return [...users.values()].includes("waiting");
}
