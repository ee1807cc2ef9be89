/** The return of a server that was away: it is tried again by itself, less and less often, and when somebody wants it. */
import type { Clock } from "../../lib/clock.ts";
import { RemoteFailure, RequestTimedOut } from "./errors.ts";
import { HttpRefusal } from "./remote/refusal.ts";
import { BrokenOff, Unreachable } from "./remote/wire.ts";

/** Milliseconds. */
export interface ComebackPace {
  /** Before the first try; each later one waits twice as long. */
  firstMs: number;
  mostMs: number;
  /** A try that is as recent as this is not repeated for those who want the server. */
  recentMs: number;
}

const PACE: ComebackPace = { firstMs: 15_000, mostMs: 5 * 60_000, recentMs: 3000 };

export class Comeback {
  readonly #tryAgain: () => void;
  readonly #clock: Clock;
  readonly #pace: ComebackPace;
  #waitMs = 0;
  #failedAt = 0;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(tryAgain: () => void, clock: Clock, pace: ComebackPace = PACE) {
    this.#tryAgain = tryAgain;
    this.#clock = clock;
    this.#pace = pace;
  }

  /** Whether the server was away at the last try that has ended. */
  get awaited(): boolean {
    return this.#waitMs > 0;
  }

  /** It was away: it is tried again in a while. */
  missed(): void {
    if (this.#closed) return;
    this.#cancel?.();
    const { firstMs, mostMs } = this.#pace;
    this.#waitMs = this.#waitMs === 0 ? firstMs : Math.min(2 * this.#waitMs, mostMs);
    this.#failedAt = this.#clock.now();
    this.#cancel = this.#clock.setTimer(this.#waitMs, () => this.#go());
  }

  /** Somebody wants it: unless it was tried a moment ago, or is being tried, that happens now. */
  want(): void {
    if (this.#cancel && this.#clock.now() - this.#failedAt >= this.#pace.recentMs) this.#go();
  }

  /** It is back, or gone for another reason, or somebody starts it on purpose. */
  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waitMs = 0;
  }

  /** Ends for good. */
  close(): void {
    this.end();
    this.#closed = true;
  }

  #go(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#tryAgain();
  }
}

/** Whether a remote server that failed like this may be there later, without anybody doing anything about it. */
export function isAway(error: unknown): boolean {
  if (error instanceof RemoteFailure && error.permanent) return false;
  if (error instanceof RequestTimedOut || error instanceof Unreachable || error instanceof BrokenOff)
    return true;
  if (error instanceof HttpRefusal) return error.status >= 500 || error.status === 429;
  return error instanceof Error && isAway(error.cause);
}
