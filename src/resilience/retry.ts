import { fullJitter, type Jitter } from "./backoff.ts";

export interface RetryPolicy extends Jitter {
  /** How often to try at all, the first time included. */
  attempts: number;
  /** The longest wait, in milliseconds, that a server may ask for before trying again is given up. */
  longestAskedMs: number;
}

/** Three attempts, waits of up to 0.5 s and 1 s, and half a minute when the server asks for it. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 3, baseMs: 500, capMs: 20_000, longestAskedMs: 30_000 };

export type RetryDecision =
  | { kind: "wait"; delayMs: number }
  | { kind: "exhausted" }
  | { kind: "asked_too_long"; askedMs: number };

/**
 * What to do after the `failed`-th failed attempt (1 for the first), which could be retried as such. `askedMs` is
 * what the server asked to wait: never less, and over the policy's limit it is better told than waited for.
 */
export function decideRetry(
  failed: number,
  askedMs: number | undefined,
  policy: RetryPolicy,
  random: () => number,
): RetryDecision {
  if (askedMs !== undefined && askedMs > policy.longestAskedMs) return { kind: "asked_too_long", askedMs };
  if (failed >= policy.attempts) return { kind: "exhausted" };
  return { kind: "wait", delayMs: Math.max(askedMs ?? 0, fullJitter(failed - 1, policy, random)) };
}
