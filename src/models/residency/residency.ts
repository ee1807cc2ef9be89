/**
 * Which models are in the memory of the inference process, and which should be: what follows each event. Whoever drives
 * it (loader.ts) does the loading and waits; here it is decided what comes next.
 *
 * One thing at a time: a process that ends while it loads a model has ended because of that model. Pure.
 */
import { loaded, loadFailed, takeDown, unloaded } from "./host.ts";
import { nextWork, type Work } from "./order.ts";
import { absent, find, put, type Residency, type ResidencyEvent, type Step, withoutModel } from "./state.ts";
import { grant, release, unload, want } from "./users.ts";

export function emptyResidency(idleMs: number): Residency {
  return { hostUp: false, idleMs, models: [] };
}

/** The state after an event at the monotonic time `now`, and what is to be done, in order. */
export function nextResidency(state: Residency, event: ResidencyEvent, now: number): Step {
  const applied = apply(state, event, now);
  const granted = grant(applied.state);
  const work = nextWork(granted.state, now);
  const begun: Step = work ? begin(granted.state, work) : { state: granted.state, effects: [] };
  return { state: begun.state, effects: [...applied.effects, ...granted.effects, ...begun.effects] };
}

/** What a new loader begins with: what the one before had in memory, with nobody who uses it. */
export function afterLoaderEnded(state: Residency): Residency {
  const kept = state.models.filter((resident) => resident.kept && !resident.leaving);
  return {
    ...state,
    hostUp: false,
    models: kept.map((resident) => ({ ...absent(resident), users: new Map() })),
  };
}

function apply(state: Residency, event: ResidencyEvent, now: number): Step {
  switch (event.type) {
    case "wanted":
      return want(state, event, now);
    case "released":
      return release(state, event.user, now);
    case "unload":
      return unload(state, find(state, event.path));
    case "host_up":
      return { state: { ...state, hostUp: true }, effects: [] };
    case "host_down":
      return takeDown(state, event);
    case "loaded":
      return loaded(state, find(state, event.path), event.model);
    case "load_failed":
      return loadFailed(state, find(state, event.path), event.problem);
    case "unloaded":
      return unloaded(state, find(state, event.path));
    case "idle_time":
      return { state: { ...state, idleMs: event.idleMs }, effects: [] };
    case "time_passed":
      return { state, effects: [] };
  }
}

function begin(state: Residency, { type, resident }: Work): Step {
  const { path, wanted } = resident;
  return type === "load"
    ? {
        state: put(state, { ...resident, phase: "loading", options: wanted }),
        effects: [{ type, path, options: wanted }],
      }
    : { state: put(state, { ...withoutModel(resident), phase: "unloading" }), effects: [{ type, path }] };
}
