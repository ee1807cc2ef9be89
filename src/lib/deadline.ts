import { type Clock, systemClock } from "./clock.ts";

/**
 * Settles as `promise` does, or rejects with what `late` makes once `ms` milliseconds have passed. The promise itself
 * goes on; what becomes of it later is ignored, a rejection too.
 */
export function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  late: () => unknown,
  clock: Clock = systemClock,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(ms, () => reject(late()));
    promise.then(resolve, reject).finally(cancel);
  });
}

/** Settles as `promise` does, or rejects with the signal's reason, whichever is first; the promise itself goes on. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Whether `promise` settles within `ms` milliseconds; never rejects. */
export function settlesWithin(
  promise: Promise<unknown>,
  ms: number,
  clock: Clock = systemClock,
): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.setTimer(ms, () => resolve(false));
    const settled = () => {
      cancel();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
