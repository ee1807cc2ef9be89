/** Lets one through at a time, in the order in which they came: for what only one can have, such as a person's ear. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /** Does the work once all that came before is over. Rejects with the signal's reason if it aborts before that. */
  async pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const over = Promise.withResolvers<void>();
    this.#last = over.promise;
    try {
      await untilAborted(before, signal);
      return await work();
    } finally {
      // Who gave up waiting leaves the line, and the one behind waits for the one before.
      void before.then(over.resolve);
    }
  }
}

function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    void promise.then(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}
