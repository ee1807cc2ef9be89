/** What follows when somebody needs a model, or does so no longer. Pure. */
import { isMetBy } from "../load-match.ts";
import {
  drop,
  find,
  isAwaited,
  put,
  type Residency,
  type ResidencyEffect,
  type ResidencyEvent,
  type Resident,
  type Step,
} from "./state.ts";

export function want(state: Residency, event: ResidencyEvent & { type: "wanted" }, now: number): Step {
  const { path, user, options } = event;
  const before = find(state, path);
  const resident: Resident = before ?? {
    path,
    wanted: options,
    phase: "absent",
    options,
    kept: false,
    leaving: false,
    users: new Map(),
    lastUse: now,
  };
  const wanted = isMetBy(options, resident.wanted, resident.model) ? resident.wanted : options;
  const users = new Map(resident.users).set(user, "waiting");
  return {
    state: put(state, { ...resident, wanted, users, leaving: false, lastUse: now }),
    effects: before?.leaving ? [{ type: "stays", path }] : [],
  };
}

export function release(state: Residency, user: number, now: number): Step {
  const before = state.models.find(({ users }) => users.has(user));
  if (!before) return { state, effects: [] };
  const users = new Map(before.users);
  users.delete(user);
  // Another way to load it was the wish of one who waited: with the last of those it is over.
  const isOver = before.phase === "loaded" && !isAwaited(users);
  const wanted = isOver ? before.options : before.wanted;
  const resident: Resident = { ...before, wanted, users, lastUse: now };
  const { path, phase, kept } = resident;
  if (users.size > 0 || kept) return { state: put(state, resident), effects: [] };
  if (phase === "absent") return drop(state, resident);
  if (phase !== "loading") return { state: put(state, resident), effects: [] };
  return {
    state: put(state, { ...resident, phase: "cancelling" }),
    effects: [{ type: "cancel_load", path }],
  };
}

export function unload(state: Residency, resident: Resident | undefined): Step {
  if (!resident) return { state, effects: [] };
  if (resident.phase === "absent" && resident.users.size === 0)
    return drop(state, { ...resident, leaving: true });
  return { state: put(state, { ...resident, leaving: true }), effects: [] };
}

/** Lets those who wait for a model that is there as they want it have it. */
export function grant(state: Residency): Step {
  const effects: ResidencyEffect[] = [];
  const models = state.models.map((resident): Resident => {
    const { phase, model, users, wanted, options } = resident;
    if (phase !== "loaded" || !model || !isMetBy(wanted, options, model)) return resident;
    for (const [user, how] of users) if (how === "waiting") effects.push({ type: "granted", user, model });
    return { ...resident, users: new Map(Array.from(users.keys(), (user) => [user, "using"])) };
  });
  return { state: { ...state, models }, effects };
}
