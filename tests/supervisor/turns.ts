/**
 * The time of the reference model: handlers of messages, one after the other, each a generator that yields what it
 * waits for; and timers. No promises, nothing of the system.
 */

export interface Wait {
  until: number;
  /** What may end the wait before that. */
  over: () => boolean;
}

export type Work<T = void> = Generator<Wait, T>;

interface Timer {
  at: number;
  run: () => void;
}

export class Turns {
  now = 0;
  readonly #messages: (() => Work)[] = [];
  /** In the order in which they were set, which is the order of those that are due together. */
  #timers: Timer[] = [];
  #current: Work | undefined;
  #wait: Wait | undefined;

  post(work: () => Work): void {
    this.#messages.push(work);
  }

  after(ms: number, run: () => void): void {
    this.#timers.push({ at: this.now + ms, run });
  }

  /** Handles what can be handled without time passing. */
  settle(): void {
    while (!this.#wait || this.#isOver(this.#wait)) {
      this.#current ??= this.#messages.shift()?.();
      if (!this.#current) return;
      const { done, value } = this.#current.next();
      this.#wait = done ? undefined : value;
      if (done) this.#current = undefined;
      else this.after(value.until - this.now, () => {});
    }
  }

  advance(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      this.settle();
      const due = this.#timers.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.now = due.at;
      due.run();
    }
    this.now = until;
  }

  /** Several works at once, each with waits of its own. */
  *together(works: readonly Work[]): Work {
    const waits = new Map<Work, Wait | undefined>(works.map((work) => [work, undefined]));
    for (;;) {
      for (const [work, wait] of waits) {
        if (wait && !this.#isOver(wait)) continue;
        const { done, value } = work.next();
        if (done) waits.delete(work);
        else waits.set(work, value);
      }
      if (waits.size === 0) return;
      const until = Math.min(...[...waits.values()].map((wait) => wait?.until ?? 0));
      yield { until, over: () => [...waits.values()].some((wait) => wait?.over()) };
    }
  }

  #isOver({ until, over }: Wait): boolean {
    return this.now >= until || over();
  }
}
