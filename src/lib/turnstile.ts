/** Lets one through at a time, in the order in which they came: for what only one can have, such as a person's ear. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();
  #closed: Promise<void> = Promise.resolve();
  #taken = false;

  /** Whether somebody is in it. */
  get taken(): boolean {
    return this.#taken;
  }

  /** Does the work once all that came before is over. Rejects with the signal's reason if it aborts before that. */
  async pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const over = Promise.withResolvers<void>();
    this.#last = over.promise;
    try {
      await untilAborted(before, signal);
      await untilAborted(this.#closed, signal);
      return await this.#admit(work);
    } finally {
      // Who gave up waiting leaves the line, and the one behind waits for the one before.
      void before.then(over.resolve);
    }
  }

  /** Comes in as `pass` does, and stays until the returned function is called. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const inside = () => new Promise<void>((leave) => resolve(leave));
      this.pass(inside, signal).catch(reject);
    });
  }

  /** Lets nobody in before `over` resolves, which is never to reject: who is to leave the line needs a moment for it. */
  closeUntil(over: Promise<void>): void {
    this.#closed = over;
  }

  async #admit<T>(work: () => Promise<T>): Promise<T> {
    this.#taken = true;
    try {
      return await work();
    } finally {
      this.#taken = false;
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
