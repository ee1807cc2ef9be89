/** What must hold of any supervisor at any moment, whatever the reference model says: broken rules, in words. */
import type { Strategy, SupervisionEvent } from "../../src/supervisor/spec.ts";

/** More restarts within a period (both ends included) than allowed, or giving up although there were fewer. */
export function brokenIntensity(
  events: readonly SupervisionEvent[],
  maxRestarts: number,
  periodMs: number,
): string[] {
  const broken: string[] = [];
  const all = decisions(events);
  for (const [index, { at, gaveUp }] of all.entries()) {
    // So many decisions ago, with this one, would be one more than is allowed.
    const first = all[index - maxRestarts]?.at ?? Number.NEGATIVE_INFINITY;
    const isSpent = at - first <= periodMs;
    if (gaveUp && !isSpent) broken.push(`gave up too early at ${at}`);
    if (!gaveUp && isSpent) broken.push(`restarted too often at ${at}`);
  }
  return broken;
}

/** When it was decided to restart or to give up: at the failure, however long the siblings took to end after it. */
function decisions(events: readonly SupervisionEvent[]): { at: number; gaveUp: boolean }[] {
  const failedAt = new Map<string, number>();
  return events.flatMap((event) => {
    if (event.type === "child_exited" || event.type === "start_failed") failedAt.set(event.id, event.at);
    if (event.type !== "restart_scheduled" && event.type !== "intensity_exceeded") return [];
    return [{ at: failedAt.get(event.id) ?? Number.NaN, gaveUp: event.type === "intensity_exceeded" }];
  });
}

/** Siblings that start again together in another order than that of the specs. */
export function brokenOrder(
  events: readonly SupervisionEvent[],
  strategy: Strategy,
  order: readonly string[],
): string[] {
  if (strategy === "one_for_one") return [];
  const broken: string[] = [];
  let previous: string | undefined;
  for (const event of events) {
    const restarted = event.type === "child_started" && event.attempt > 0 ? event.id : undefined;
    if (previous && restarted && order.indexOf(restarted) <= order.indexOf(previous)) {
      broken.push(`${restarted} started after ${previous}`);
    }
    previous = restarted;
  }
  return broken;
}

/** Starts minus exits, which is how many children must live for the supervisor. */
export function startsMinusExits(events: readonly SupervisionEvent[]): number {
  const count = (type: SupervisionEvent["type"]) => events.filter((event) => event.type === type).length;
  return count("child_started") - count("child_exited");
}
