/** How often something may happen within a time: what is used up comes back as the time goes by. */
import type { Clock } from "../../../lib/clock.ts";

export interface Rate {
  most: number;
  withinMs: number;
}

export class Allowance {
  readonly #rates: readonly Rate[];
  readonly #longestMs: number;
  readonly #clock: Clock;
  #uses: number[] = [];
  #refused = false;

  /** All of the rates hold. */
  constructor(clock: Clock, ...rates: readonly Rate[]) {
    this.#rates = rates;
    this.#longestMs = Math.max(...rates.map(({ withinMs }) => withinMs));
    this.#clock = clock;
  }

  /**
   * `granted`, or `refused`; `exhausted` for the first refusal since something was granted, which is the one to tell.
   */
  take(): "granted" | "exhausted" | "refused" {
    const now = this.#clock.now();
    const since = (ms: number) => this.#uses.filter((at) => now - at < ms);
    this.#uses = since(this.#longestMs);
    const granted = this.#rates.every(({ most, withinMs }) => since(withinMs).length < most);
    const before = this.#refused;
    this.#refused = !granted;
    if (granted) this.#uses.push(now);
    if (granted) return "granted";
    return before ? "refused" : "exhausted";
  }
}
