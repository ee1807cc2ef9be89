/** What follows from what the inference process has done, or from its end. Pure. */
import { basename } from "node:path";
import type { LoadedModel } from "../port.ts";
import type { ModelProblem } from "../problem.ts";
import {
  absent,
  drop,
  isAwaited,
  put,
  type Residency,
  type ResidencyEffect,
  type ResidencyEvent,
  type Resident,
  type Step,
  withoutModel,
} from "./state.ts";

export function loaded(state: Residency, resident: Resident | undefined, model: LoadedModel): Step {
  if (resident?.phase !== "loading" && resident?.phase !== "cancelling") return { state, effects: [] };
  return { state: put(state, { ...resident, phase: "loaded", model, kept: true }), effects: [] };
}

export function loadFailed(state: Residency, resident: Resident | undefined, problem: ModelProblem): Step {
  if (resident?.phase === "cancelling") {
    return resident.users.size > 0
      ? { state: put(state, absent(resident)), effects: [] }
      : drop(state, resident);
  }
  if (resident?.phase !== "loading") return { state, effects: [] };
  const victim =
    problem.code === "too_large" && resident.users.size > 0 ? leastRecentlyUsed(state) : undefined;
  if (!victim) return refuse(state, resident, problem, problem.message);
  const making = put(put(state, absent(resident)), { ...withoutModel(victim), phase: "unloading" });
  return { state: making, effects: [{ type: "unload", path: victim.path }] };
}

export function unloaded(state: Residency, resident: Resident | undefined): Step {
  if (resident?.phase !== "unloading") return { state, effects: [] };
  if (resident.users.size === 0) return drop(state, { ...resident, leaving: true });
  return {
    state: put(state, { ...absent(resident), leaving: false }),
    effects: [{ type: "gone", path: resident.path }],
  };
}

/** Nothing is in memory any more. What was being loaded is to blame, unless we stopped the process ourselves. */
export function takeDown(state: Residency, { problem, asked }: ResidencyEvent & { type: "host_down" }): Step {
  let step: Step = { state: { ...state, hostUp: false }, effects: [] };
  for (const resident of state.models) {
    const next = withoutHost(step.state, resident, asked ? undefined : problem);
    step = { state: next.state, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

function withoutHost(state: Residency, resident: Resident, problem: ModelProblem | undefined): Step {
  const { phase, users, leaving } = resident;
  if (phase === "loading" && problem) {
    return refuse(state, resident, problem, "loading it has ended the inference process");
  }
  const isUnwanted = phase === "cancelling" || phase === "unloading" || leaving;
  if (isUnwanted && !isAwaited(users)) return drop(state, resident);
  return { state: put(state, absent(resident)), effects: [] };
}

/** Whoever waits for it is told why; if nobody does, it was loaded again by itself, and everybody is told. */
function refuse(state: Residency, resident: Resident, problem: ModelProblem, why: string): Step {
  const refusals = [...resident.users]
    .filter(([, how]) => how === "waiting")
    .map(([user]): ResidencyEffect => ({ type: "refused", user, problem }));
  const text = `the model ${basename(resident.path)} is not loaded again: ${why}`;
  const told: readonly ResidencyEffect[] = refusals.length > 0 ? refusals : [{ type: "notice", text }];
  const dropped = drop(state, resident);
  return { state: dropped.state, effects: [...told, ...dropped.effects] };
}

function leastRecentlyUsed(state: Residency): Resident | undefined {
  const idle = state.models.filter(({ phase, users }) => phase === "loaded" && users.size === 0);
  return idle.toSorted((one, other) => one.lastUse - other.lastUse)[0];
}
