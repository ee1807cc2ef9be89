/** Tries again what may work in a moment. */
import { sleep } from "../../lib/clock.ts";
import { decideRetry, type RetryPolicy } from "../../resilience/retry.ts";
import { isPassing, type PullError } from "./problem.ts";
import type { Network } from "./request.ts";

/** `attempt` is the number of the one that begins after the wait. */
export interface Retrying {
  error: PullError;
  attempt: number;
  delayMs: number;
}

export interface RetryOptions {
  policy: RetryPolicy;
  onRetry: (retrying: Retrying) => void;
  signal: AbortSignal;
  /** Whether the attempt that has just failed brought something: then those before it do not count. */
  hasProgressed?: () => boolean;
}

/** Waits of up to 0.5, 1, 2 and 4 s: a line that comes and goes. */
export const PULL_RETRY: RetryPolicy = { attempts: 5, baseMs: 500, capMs: 20_000, longestAskedMs: 60_000 };

/** What `work` comes to in the end. Throws what it throws when that is not passing, or for the last time. */
export async function retrying<T>(
  { clock, random }: Pick<Network, "clock" | "random">,
  work: () => Promise<T>,
  { policy, onRetry, signal, hasProgressed }: RetryOptions,
): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      if (hasProgressed?.()) failed = 1;
      const decision = decideRetry(failed, error.askedMs, policy, random);
      if (decision.kind !== "wait") throw error;
      onRetry({ error, attempt: failed + 1, delayMs: decision.delayMs });
      await sleep(decision.delayMs, signal, clock);
    }
  }
}
