import { type Clock, systemClock } from "./clock.ts";

/** Lets callers wait until something they look at has changed to what they want. */
export class Condition {
  readonly #waiters = new Set<() => void>();
  readonly #clock: Clock;
  #closed: { error: unknown } | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Makes every waiter look again. */
  changed(): void {
    for (const look of [...this.#waiters]) look();
  }

  /** Ends every wait, now and later, with `error`. */
  close(error: unknown): void {
    this.#closed ??= { error };
    this.changed();
  }

  /**
   * Resolves with what `look` returns as soon as that is not undefined, or with undefined after `waitMs`. Rejects with
   * the signal's reason when it aborts, and with the error of `close`.
   */
  async until<T>(look: () => T | undefined, waitMs: number, signal: AbortSignal): Promise<T | undefined> {
    signal.throwIfAborted();
    if (this.#closed) throw this.#closed.error;
    // Mostly it is there already, and neither a timer nor a listener is needed.
    const seen = look();
    return seen === undefined ? this.#wait(look, waitMs, signal) : seen;
  }

  #wait<T>(look: () => T | undefined, waitMs: number, signal: AbortSignal): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        if (signal.aborted) return settle(() => reject(signal.reason));
        if (this.#closed) return settle(() => reject(this.#closed?.error));
        const seen = look();
        if (seen !== undefined) settle(() => resolve(seen));
      };
      const settle = (act: () => void) => {
        cancel();
        this.#waiters.delete(attempt);
        signal.removeEventListener("abort", attempt);
        act();
      };
      const cancel = this.#clock.setTimer(waitMs, () => settle(() => resolve(undefined)));
      this.#waiters.add(attempt);
      signal.addEventListener("abort", attempt, { once: true });
    });
  }
}
