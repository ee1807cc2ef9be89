import { type Clock, systemClock } from "../lib/clock.ts";
import { DEFAULT_RETRY, type RetryPolicy } from "../resilience/retry.ts";
import { type AttemptLimits, DEFAULT_LIMITS, withLimits } from "./limits.ts";
import type { Provider } from "./port.ts";
import { withRetry } from "./retry.ts";

export interface GuardOptions {
  retry?: RetryPolicy;
  limits?: AttemptLimits;
  /** The circuit breaker's place: it sees every attempt, and its refusal counts as one. */
  breaker?: (attempts: Provider) => Provider;
  clock?: Clock;
  random?: () => number;
}

/**
 * A provider that does not hang and does not give up too early. From the outside in: the total deadline (the
 * caller's signal), retry, breaker, limits of one attempt, the provider.
 */
export function guarded(provider: Provider, options: GuardOptions = {}): Provider {
  const {
    retry = DEFAULT_RETRY,
    limits = DEFAULT_LIMITS,
    clock = systemClock,
    random = Math.random,
  } = options;
  const attempts = withLimits(provider, limits, clock);
  const broken = options.breaker ? options.breaker(attempts) : attempts;
  return withRetry(broken, { policy: retry, clock, random });
}
