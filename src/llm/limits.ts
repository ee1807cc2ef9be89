import type { Clock } from "../lib/clock.ts";
import { startWatchdog, type Waited } from "../resilience/watchdog.ts";
import { abortedError, providerError } from "./classify.ts";
import { ProviderError } from "./errors.ts";
import { isTerminal } from "./event-sorts.ts";
import { lastWord } from "./last-word.ts";
import type { ModelEvent, ModelRequest, Provider } from "./port.ts";
import type { Target } from "./wording.ts";

export interface AttemptLimits {
  /** Milliseconds from the request to the headers of the answer. */
  headersMs: number;
  /** Milliseconds of silence within the answer. */
  idleMs: number;
  /** False where asking again after the headers' limit would only make a slow server begin anew. */
  retryHeaders?: boolean;
  /** What to do when a limit was passed; the provider's settings when absent. */
  advice?: string;
}

export const DEFAULT_LIMITS: AttemptLimits = { headersMs: 30_000, idleMs: 60_000 };

/**
 * A provider that cannot hang: past a limit, or when the signal aborts, the stream ends with `failed` at once,
 * whatever the provider is doing; and it always ends with exactly one terminal event.
 */
export function withLimits(provider: Provider, limits: AttemptLimits, clock: Clock): Provider {
  return {
    name: provider.name,
    stream: (request, signal, alive) => limited(provider, { limits, clock }, request, signal, alive),
  };
}

async function* limited(
  provider: Provider,
  options: { limits: AttemptLimits; clock: Clock },
  request: ModelRequest,
  signal: AbortSignal,
  alive: () => void = () => {},
): AsyncGenerator<ModelEvent> {
  const { headersMs, idleMs } = options.limits;
  const situation = { provider: provider.name, request, limits: options.limits, signal };
  // Nothing must leave once the user has said stop.
  if (signal.aborted) return yield { type: "failed", error: expired("aborted", situation) };
  const attempt = new AbortController();
  const watchdog = startWatchdog({ firstMs: headersMs, quietMs: idleMs }, signal, options.clock);
  let hasBegun = false;
  const onAlive = () => {
    hasBegun = true;
    watchdog.alive();
    alive();
  };
  const events = provider.stream(request, attempt.signal, onAlive)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = events.next();
      const waited = await watchdog.wait(next);
      if (waited.kind === "expired") attempt.abort(endOf(waited, signal));
      // Where nothing had come there is nothing to know.
      if (waited.kind === "expired" && hasBegun) yield* lastWord(events, next, options.clock);
      const event = eventOf(waited, situation);
      // A notice is ours: the far end has said nothing yet.
      if (event.type !== "notice") {
        hasBegun = true;
        watchdog.alive();
      }
      yield event;
      if (isTerminal(event)) return;
    }
  } finally {
    watchdog.stop();
    // Closes the connection of an attempt that is given up; a hung one never comes back, so it is not waited for.
    attempt.abort(signal.aborted ? signal.reason : undefined);
    void events.return?.().catch(() => {});
  }
}

function isLate(waited: Waited<unknown>): boolean {
  return waited.kind === "expired" && waited.limit === "first";
}

/** What keeps connections is told apart from who changed his mind: this one may be dead. */
function endOf(waited: Waited<unknown>, signal: AbortSignal): unknown {
  if (isLate(waited)) return new DOMException("no headers in time", "TimeoutError");
  return signal.aborted ? signal.reason : undefined;
}

interface Situation {
  provider: string;
  request: ModelRequest;
  limits: AttemptLimits;
  signal: AbortSignal;
}

function eventOf(waited: Waited<IteratorResult<ModelEvent>>, situation: Situation): ModelEvent {
  if (waited.kind === "expired") return { type: "failed", error: expired(waited.limit, situation) };
  if (!waited.value.done) return waited.value.value;
  const target = { provider: situation.provider, model: situation.request.model, origin: "" };
  return { type: "failed", error: providerError("cut_off", target, "the stream ended too soon") };
}

function expired(limit: "first" | "quiet" | "aborted", situation: Situation): ProviderError {
  const { provider, request, limits, signal } = situation;
  const target = { provider, model: request.model, origin: "" };
  if (limit === "aborted") return abortedError(target, signal.reason);
  const error =
    limit === "first"
      ? noHeaders(target, limits)
      : providerError("idle", target, `nothing for ${seconds(limits.idleMs)}`);
  const { advice } = limits;
  return advice === undefined ? error : new ProviderError(error.kind, error.message, { advice });
}

function noHeaders(target: Target, { headersMs, retryHeaders = true }: AttemptLimits): ProviderError {
  const error = providerError("timeout", target, `nothing within ${seconds(headersMs)}`);
  if (retryHeaders) return error;
  const advice = `raise header_timeout of [providers.${target.provider}]`;
  return new ProviderError("timeout", error.message, { retry: "no", advice });
}

const HOUR_MS = 3_600_000;

/** A time for people, from milliseconds. */
export function seconds(ms: number): string {
  if (ms >= 48 * HOUR_MS) return `${Math.ceil(ms / HOUR_MS / 24)} days`;
  if (ms >= 2 * HOUR_MS) return `${Math.ceil(ms / HOUR_MS)} hours`;
  return `${Math.ceil(ms / 100) / 10} s`;
}
