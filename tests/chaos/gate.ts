/** Where everybody who takes part stops between two deeds, so that there can be a moment of calm. */
export class Gate {
  #open = Promise.withResolvers<void>();
  #closed = false;
  #waiting = 0;
  #present = 0;
  #changed = Promise.withResolvers<void>();

  /** Takes part until the returned function is called. */
  enter(): () => void {
    this.#present++;
    return () => {
      this.#present--;
      this.#tell();
    };
  }

  /** Returns at once while the gate is open. */
  async pass(): Promise<void> {
    while (this.#closed) {
      this.#waiting++;
      this.#tell();
      await this.#open.promise;
      this.#waiting--;
    }
  }

  /** Closes the gate, does the work once everybody waits, and opens it again. */
  async calm<T>(work: () => Promise<T>): Promise<T> {
    this.#closed = true;
    while (this.#waiting < this.#present) await this.#changed.promise;
    try {
      return await work();
    } finally {
      this.#closed = false;
      this.#open.resolve();
      this.#open = Promise.withResolvers();
    }
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
