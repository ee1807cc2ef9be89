/**
 * Calls in flight: so many of all servers, and so many of each. Who comes first goes first, but for those that wait for
 * their own server: they do not hold up the others.
 */
import type { Clock } from "../../../lib/clock.ts";

/** Called when the call has ended; a second time it does nothing. */
export type Leave = () => void;

export interface Boarding {
  server: string;
  /** Calls of this server that may be in flight at once. */
  most: number;
  /** Milliseconds to wait at most. */
  waitMs: number;
  signal: AbortSignal;
}

interface Waiter {
  server: string;
  most: number;
  go: (leave: Leave) => void;
}

export class Flight {
  readonly #most: () => number;
  readonly #clock: Clock;
  readonly #inFlight = new Map<string, number>();
  #total = 0;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiter>();

  /** `most` says how many calls of all servers may be in flight; it is asked each time. */
  constructor(most: () => number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  /** How many calls are in flight, and how many wait. */
  get load(): { inFlight: number; waiting: number } {
    return { inFlight: this.#total, waiting: this.#waiting.size };
  }

  /** Whether a call would not have to wait. */
  hasRoom(server: string, most: number): boolean {
    return this.#total < this.#most() && this.#of(server) < most;
  }

  /** Gets a place at once, or as soon as there is one; undefined after `waitMs`. Rejects with the signal's reason. */
  async board(boarding: Boarding): Promise<Leave | undefined> {
    const { server, most, signal } = boarding;
    signal.throwIfAborted();
    return this.hasRoom(server, most) ? this.#enter(server) : this.#queue(boarding);
  }

  #queue({ server, most, waitMs, signal }: Boarding): Promise<Leave | undefined> {
    return new Promise((resolve, reject) => {
      const end = (act: () => void) => {
        cancel();
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(waiter);
        act();
      };
      const waiter: Waiter = { server, most, go: (leave) => end(() => resolve(leave)) };
      const onAbort = () => end(() => reject(signal.reason));
      const cancel = this.#clock.setTimer(waitMs, () => end(() => resolve(undefined)));
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Lets everybody go for whom there is room now. */
  #letGo(): void {
    for (const waiter of this.#waiting) {
      if (this.#total >= this.#most()) return;
      const { server, most, go } = waiter;
      if (this.#of(server) < most) go(this.#enter(server));
    }
  }

  #of(server: string): number {
    return this.#inFlight.get(server) ?? 0;
  }

  #enter(server: string): Leave {
    this.#count(server, 1);
    let gone = false;
    return () => {
      if (gone) return;
      gone = true;
      this.#count(server, -1);
      this.#letGo();
    };
  }

  #count(server: string, by: 1 | -1): void {
    this.#total += by;
    const calls = this.#of(server) + by;
    if (calls === 0) this.#inFlight.delete(server);
    else this.#inFlight.set(server, calls);
  }
}
