import type { Clock } from "../lib/clock.ts";

export interface Limits {
  /** Milliseconds until the first sign of life. */
  firstMs: number;
  /** Milliseconds between two signs of life. */
  quietMs: number;
}

export type Waited<T> =
  | { kind: "value"; value: T }
  | { kind: "expired"; limit: "first" | "quiet" | "aborted" };

/**
 * Bounds the waits on something that may hang. Only time spent waiting counts: a consumer that is slow to ask
 * for more does not make the far end look dead.
 */
export interface Watchdog {
  /** A sign of life, whether or not it settles the wait. */
  alive(): void;
  /** Settles as `promise` does, or expires when a limit is passed or the signal aborts, whichever is first. */
  wait<T>(promise: Promise<T>): Promise<Waited<T>>;
  /** Lets go of the timer and the signal. */
  stop(): void;
}

export function startWatchdog(limits: Limits, signal: AbortSignal, clock: Clock): Watchdog {
  let started = false;
  let lastSign = clock.now();
  // One slot instead of Promise.race against a promise that lives as long as the stream: every race would leave
  // a reaction on it until its end.
  let expire: ((limit: "first" | "quiet" | "aborted") => void) | undefined;
  let cancelTimer = () => {};

  const limit = () => (started ? limits.quietMs : limits.firstMs);
  const arm = (delayMs: number) => {
    cancelTimer();
    cancelTimer = clock.setTimer(delayMs, check);
  };
  // The timer is not moved at every sign of life: it looks at the time when it fires and goes on for the rest.
  const check = () => {
    const left = lastSign + limit() - clock.now();
    const over = expire !== undefined && left <= 0;
    if (over) expire?.(started ? "quiet" : "first");
    arm(expire && !over ? left : limit());
  };
  const onAbort = () => expire?.("aborted");
  signal.addEventListener("abort", onAbort);
  arm(limit());

  return {
    alive() {
      lastSign = clock.now();
      if (started) return;
      started = true;
      arm(limit());
    },
    wait(promise) {
      if (signal.aborted) {
        promise.catch(() => {});
        return Promise.resolve({ kind: "expired", limit: "aborted" });
      }
      lastSign = clock.now();
      return new Promise((resolve, reject) => {
        const mine = (passed: "first" | "quiet" | "aborted") => {
          forget();
          resolve({ kind: "expired", limit: passed });
        };
        // What settles late, after its wait has expired, must not disarm the next one.
        const forget = () => {
          if (expire === mine) expire = undefined;
        };
        expire = mine;
        promise.finally(forget).then((value) => resolve({ kind: "value", value }), reject);
      });
    },
    stop() {
      cancelTimer();
      signal.removeEventListener("abort", onAbort);
    },
  };
}
