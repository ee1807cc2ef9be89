/** What the inference process does next with its memory, and when a model has been idle for too long. Pure. */
import type { Residency, Resident } from "./state.ts";

export type Work = { type: "load" | "unload"; resident: Resident };

/**
 * The next thing to do; undefined when there is nothing, or something is under way. What goes makes room for what
 * comes; who waits comes before what is only loaded again; of that, what was used last comes first.
 */
export function nextWork(state: Residency, now: number): Work | undefined {
  const { hostUp, models } = state;
  if (!hostUp || models.some(({ phase }) => phase !== "absent" && phase !== "loaded")) return undefined;
  const outgoing = models.find((resident) => isToGo(resident, state, now));
  if (outgoing) return { type: "unload", resident: outgoing };
  const missing = models.filter(({ phase }) => phase === "absent");
  const asked = missing.filter(({ users }) => users.size > 0);
  const [next] = asked.length > 0 ? asked.toSorted(byUse) : missing.toSorted(byUse).toReversed();
  return next && { type: "load", resident: next };
}

/** When the next model will have been idle for too long, in the time of the clock; undefined when none will. */
export function nextIdleAt({ idleMs, models }: Residency): number | undefined {
  if (idleMs === 0) return undefined;
  const idle = models.filter(({ phase, users }) => phase === "loaded" && users.size === 0);
  return idle.length === 0 ? undefined : Math.min(...idle.map(({ lastUse }) => lastUse + idleMs));
}

/** Who waits for a model that is loaded wants it loaded in another way. */
function isToGo({ phase, users, leaving, lastUse }: Resident, { idleMs }: Residency, now: number): boolean {
  if (phase !== "loaded") return false;
  const ways = [...users.values()];
  if (ways.length > 0) return !ways.includes("using");
  return leaving || (idleMs > 0 && now - lastUse >= idleMs);
}

function byUse(one: Resident, other: Resident): number {
  return one.lastUse - other.lastUse;
}
