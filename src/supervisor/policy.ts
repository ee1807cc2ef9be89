/**
 * The decisions of a supervisor as plain functions: who restarts, who goes along, when it is too often, how long
 * to wait. Nothing here touches a clock or a child.
 */
import type { Backoff, Exit, Intensity, Restart, Strategy } from "./spec.ts";

/** Rule 2: what follows an exit that nobody asked for. */
export function afterExit(restart: Restart, exit: Exit): "restart" | "keep" | "delete" {
  if (restart === "temporary") return "delete";
  if (restart === "permanent") return "restart";
  return exit.kind === "crash" || exit.kind === "killed" ? "restart" : "keep";
}

/** Rule 3: the children, in order, that are terminated and started again together with the one that failed. */
export function restartGroup<C>(strategy: Strategy, children: Iterable<C>, failed: C): C[] {
  if (strategy === "one_for_one") return [failed];
  const all = [...children];
  return strategy === "one_for_all" ? all : all.slice(all.indexOf(failed));
}

/**
 * Rule 4: the restart times within the period (both ends included) with `now` added. More of them than
 * `maxRestarts` means that the supervisor gives up.
 */
export function recordRestart(times: readonly number[], now: number, intensity: Intensity): number[] {
  const oldest = now - intensity.maxSeconds * 1000;
  return [...times.filter((time) => time >= oldest), now];
}

/** The ceiling of the delay before restart number `step` (0 for the first), in milliseconds. */
export function backoffCeiling(backoff: Backoff, step: number): number {
  return Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(step, 30));
}

/** Full jitter: anywhere between nothing and the ceiling, so that siblings do not restart in step. */
export function backoffDelay(backoff: Backoff, step: number, random: () => number): number {
  return Math.round(random() * backoffCeiling(backoff, step));
}

/**
 * Whether a child that dies at once, every time, would ever spend the budget. If its delays alone take longer
 * than the period, old restarts are forgotten as fast as new ones come and nobody is ever told.
 */
export function escalationReachable(backoff: Backoff, intensity: Intensity): boolean {
  let total = 0;
  for (let step = 0; step < intensity.maxRestarts; step++) total += backoffCeiling(backoff, step);
  return total <= intensity.maxSeconds * 1000;
}

const BACKOFF: Backoff = { baseMs: 200, capMs: 5000, resetMs: 30_000 };

/** The usual delays, shortened where the budget could otherwise never be spent. */
export function backoffWithin(intensity: Intensity): Backoff {
  let backoff = BACKOFF;
  while (backoff.capMs > 1 && !escalationReachable(backoff, intensity)) {
    const capMs = backoff.capMs / 2;
    backoff = { ...backoff, capMs, baseMs: Math.min(backoff.baseMs, capMs) };
  }
  return backoff;
}
