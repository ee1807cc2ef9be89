/**
 * How long the model may hold up the time of a server's calls: that a person thinks is no fault of the server, but one
 * that asks the model again and again would have its calls, and all others beside them, never end.
 */
import type { Clock } from "../../../lib/clock.ts";

export interface TimeRate {
  mostMs: number;
  withinMs: number;
}

export class ModelTime {
  readonly #rate: TimeRate;
  readonly #clock: Clock;
  #uses: { until: number; ms: number }[] = [];

  constructor(clock: Clock, rate: TimeRate) {
    this.#clock = clock;
    this.#rate = rate;
  }

  /** Calls `onSpent` when there is no time left, at once if there is none now. The returned function ends the use. */
  begin(onSpent: () => void): () => void {
    const began = this.#clock.now();
    const left = this.#leftAt(began);
    if (left <= 0) {
      onSpent();
      return () => {};
    }
    const cancel = this.#clock.setTimer(left, onSpent);
    return () => {
      cancel();
      const until = this.#clock.now();
      this.#uses.push({ until, ms: Math.min(until - began, left) });
    };
  }

  #leftAt(now: number): number {
    const { mostMs, withinMs } = this.#rate;
    this.#uses = this.#uses.filter(({ until }) => now - until < withinMs);
    return this.#uses.reduce((left, { ms }) => left - ms, mostMs);
  }
}
