/** How often something may happen within a time: what is used up comes back as the time goes by. */
import type { Clock } from "../../../lib/clock.ts";

export class Allowance {
  readonly #most: number;
  readonly #withinMs: number;
  readonly #clock: Clock;
  #uses: number[] = [];
  #refused = false;

  constructor(most: number, withinMs: number, clock: Clock) {
    this.#most = most;
    this.#withinMs = withinMs;
    this.#clock = clock;
  }

  /**
   * `granted`, or `refused`; `exhausted` for the first refusal since something was granted, which is the one to tell.
   */
  take(): "granted" | "exhausted" | "refused" {
    const now = this.#clock.now();
    this.#uses = this.#uses.filter((at) => now - at < this.#withinMs);
    const granted = this.#uses.length < this.#most;
    const before = this.#refused;
    this.#refused = !granted;
    if (granted) this.#uses.push(now);
    if (granted) return "granted";
    return before ? "refused" : "exhausted";
  }
}
