/**
 * Time that does not count: while a server waits for an answer of our user or our model, the limits of the calls that
 * made it ask stand still.
 */
import { type Clock, systemClock } from "../../../lib/clock.ts";

export class Standstill {
  readonly #clock: Clock;
  #holders = 0;
  #since = 0;
  #beforeMs = 0;
  readonly #given = new Set<AbortController>();
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  get active(): boolean {
    return this.#holders > 0;
  }

  /** Milliseconds that time has stood still so far. */
  get totalMs(): number {
    return this.#beforeMs + (this.active ? this.#clock.now() - this.#since : 0);
  }

  /**
   * Stops time for as long as the work takes, or until it has time go on. Its signal aborts once nobody waits for the
   * work any more.
   */
  async during<T>(work: (given: AbortSignal, goOn: () => void) => Promise<T>): Promise<T> {
    const given = new AbortController();
    let holds = true;
    const goOn = () => {
      if (holds) this.#change(-1);
      holds = false;
    };
    this.#given.add(given);
    this.#change(1);
    try {
      return await work(given.signal, goOn);
    } finally {
      this.#given.delete(given);
      goOn();
    }
  }

  /** Whoever made the server ask does not wait any more, or the server is gone. */
  abandon(reason: unknown): void {
    for (const given of [...this.#given]) given.abort(reason);
  }

  /** Calls the listener whenever time stops or goes on; the returned function ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #change(by: 1 | -1): void {
    const before = this.totalMs;
    const wasActive = this.active;
    this.#holders += by;
    if (this.active === wasActive) return;
    this.#beforeMs = before;
    this.#since = this.#clock.now();
    for (const listener of [...this.#listeners]) listener();
  }
}

export interface Limit {
  /** Begins anew: there was a sign of life. */
  renew(): void;
  cancel(): void;
}

/** Calls `onEnd` once `ms` milliseconds have passed, those of a standstill left out. */
export function startLimit(ms: number, still: Standstill, clock: Clock, onEnd: () => void): Limit {
  let left = ms;
  let since = 0;
  let over = false;
  let stop: (() => void) | undefined;
  const run = () => {
    since = clock.now();
    stop = clock.setTimer(left, () => {
      cancel();
      onEnd();
    });
  };
  const pause = () => {
    if (!stop) return;
    stop();
    stop = undefined;
    left = Math.max(0, left - (clock.now() - since));
  };
  const follow = () => (still.active ? pause() : run());
  const forget = still.onChange(follow);
  const cancel = () => {
    over = true;
    forget();
    pause();
  };
  follow();
  return {
    renew() {
      // Some signs of life come after the end.
      if (over) return;
      pause();
      left = ms;
      follow();
    },
    cancel,
  };
}
