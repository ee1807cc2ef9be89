/**
 * When a stream of events is opened again after it has ended: not at once, though the server may say so, later each time
 * while nothing comes of it, and not for ever.
 */
import type { Clock } from "../../../lib/clock.ts";

/** `retry: 0` would draw hundreds of requests a second; in milliseconds, as the longest wait of our own. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 30_000;
const GROWTH = 1.5;
const MAX_ATTEMPTS = 5;

export class Reconnection {
  readonly #clock: Clock;
  readonly #onGivenUp: () => void;
  readonly #timers = new Set<() => void>();
  /** How often in a row a stream ended without a message. */
  #fruitless = 0;
  /** How often a stream was asked for again that never was there. */
  #missing = 0;
  #closed = false;

  constructor(clock: Clock, onGivenUp: () => void) {
    this.#clock = clock;
    this.#onGivenUp = onGivenUp;
  }

  /** For the SDK, whose own limit on attempts is never reached. */
  readonly schedule = (reconnect: () => void, delayMs: number, attempt: number): void => {
    if (attempt >= MAX_ATTEMPTS) this.#onGivenUp();
    if (this.#closed) return;
    const own = Math.min(SHORTEST_MS * GROWTH ** this.#fruitless, LONGEST_MS);
    this.#fruitless += 1;
    const stop = this.#clock.setTimer(Math.max(delayMs, own), () => {
      this.#timers.delete(stop);
      reconnect();
    });
    this.#timers.add(stop);
  };

  /** For a stream that never was there: there may be none, so that it is asked for a few times and then left. */
  again(open: () => void): void {
    if (this.#missing >= MAX_ATTEMPTS) return;
    const delay = SHORTEST_MS * GROWTH ** this.#missing;
    this.#missing += 1;
    this.schedule(open, delay, 0);
  }

  /** A message has come: streams are of use. */
  succeeded(): void {
    this.#fruitless = 0;
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#timers) stop();
    this.#timers.clear();
  }
}

/** The delays between attempts that fail are the SDK's, which are longer than ours. */
export const RECONNECTION_OPTIONS = {
  initialReconnectionDelay: SHORTEST_MS,
  maxReconnectionDelay: LONGEST_MS,
  reconnectionDelayGrowFactor: GROWTH,
  maxRetries: Number.POSITIVE_INFINITY,
};
