import { type Clock, sleep } from "../lib/clock.ts";
import { decideRetry, type RetryPolicy } from "../resilience/retry.ts";
import { abortedError } from "./classify.ts";
import { ProviderError } from "./errors.ts";
import { seconds } from "./limits.ts";
import type { ModelEvent, ModelRequest, Provider } from "./port.ts";
import { untilFailure } from "./until-failure.ts";

export interface RetryOptions {
  policy: RetryPolicy;
  clock: Clock;
  random: () => number;
}

/**
 * A provider that tries again where that can help: only as long as the consumer has seen nothing of an answer,
 * as it cannot be unseen. Each wait is an event, and the signal ends it at once.
 */
export function withRetry(provider: Provider, options: RetryOptions): Provider {
  return {
    name: provider.name,
    stream: (request, signal, alive) => retried(provider, options, request, signal, alive),
  };
}

async function* retried(
  provider: Provider,
  options: RetryOptions,
  request: ModelRequest,
  signal: AbortSignal,
  alive?: () => void,
): AsyncGenerator<ModelEvent> {
  for (let attempt = 1; ; attempt++) {
    const outcome = yield* untilFailure(provider.stream(request, signal, alive));
    if (!outcome) return;
    const { failed, held, seen } = outcome;
    const next = afterFailure(failed.error, seen, attempt, options);
    if (next.kind === "give_up") {
      yield* held;
      yield { type: "failed", error: next.error };
      return;
    }
    yield { type: "retry", attempt: attempt + 1, delayMs: next.delayMs, error: failed.error };
    if (await interrupted(next.delayMs, signal, options.clock)) {
      const target = { provider: provider.name, model: request.model, origin: "" };
      yield { type: "failed", error: abortedError(target, signal.reason) };
      return;
    }
  }
}

function afterFailure(
  error: ProviderError,
  seen: boolean,
  attempt: number,
  { policy, random }: RetryOptions,
): { kind: "wait"; delayMs: number } | { kind: "give_up"; error: ProviderError } {
  if (seen || error.retry === "no") return { kind: "give_up", error };
  const decision = decideRetry(attempt, error.retryAfterMs, policy, random);
  if (decision.kind === "wait") return decision;
  return {
    kind: "give_up",
    error: decision.kind === "exhausted" ? error : askedTooLong(error, decision.askedMs),
  };
}

function askedTooLong(error: ProviderError, askedMs: number): ProviderError {
  return new ProviderError(error.kind, `${error.message} (it asks to wait ${seconds(askedMs)})`, {
    advice: `try again in ${seconds(askedMs)}, or choose another model with -m`,
    retryAfterMs: askedMs,
    cause: error,
    ...(error.status === undefined ? {} : { status: error.status }),
  });
}

/** Never too short: a timer may fire a fraction of a millisecond early, and a breaker looks at the time itself. */
async function interrupted(delayMs: number, signal: AbortSignal, clock: Clock): Promise<boolean> {
  const until = clock.now() + delayMs;
  try {
    do await sleep(until - clock.now(), signal, clock);
    while (clock.now() < until);
    return false;
  } catch {
    return true;
  }
}
