/** How the children of a random trace behave: one copy for the real ones and one for the reference model. */

/**
 * What becomes of a start. `hang`: nothing, until it is given up; `late`: ready only once it is given up; `stuck`:
 * nothing at all.
 */
export type StartOutcome = "ready" | "fail" | "ignore" | "hang" | "late" | "stuck";

/** What a child does when asked to stop: it ends, ends only when killed, or not even then. */
export type Manners = "polite" | "deaf" | "immortal";

export class Conduct {
  readonly #starts = new Map<string, StartOutcome[]>();
  readonly #manners = new Map<string, Manners>();
  readonly #mute = new Set<string>();

  /** What the next starts of a child come to; those after them are `ready`. */
  nextStarts(id: string, outcomes: readonly StartOutcome[]): void {
    this.#starts.set(id, [...outcomes]);
  }

  /** What this start comes to. Nobody waits for a late one with brutal_kill, so that the order is anybody's guess. */
  startOf(id: string, shutdown: number | "brutal_kill"): StartOutcome {
    const outcome = this.#starts.get(id)?.shift() ?? "ready";
    return outcome === "late" && shutdown === "brutal_kill" ? "hang" : outcome;
  }

  behave(id: string, manners: Manners): void {
    this.#manners.set(id, manners);
  }

  mannersOf(id: string): Manners {
    return this.#manners.get(id) ?? "polite";
  }

  /** From now on the child gives signs of life no more, or again. */
  mute(id: string, isMute: boolean): void {
    if (isMute) this.#mute.add(id);
    else this.#mute.delete(id);
  }

  isMute(id: string): boolean {
    return this.#mute.has(id);
  }
}
