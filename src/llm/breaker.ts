/**
 * The circuit breaker around the attempts at a model. What has failed too often is not asked for a while: whoever
 * tries fails at once, and is told when it will be tried again.
 */
import type { CircuitBreaker, Refused } from "../resilience/circuit-breaker.ts";
import { ProviderError, type ProviderErrorKind } from "./errors.ts";
import { isAnswer } from "./event-sorts.ts";
import { seconds } from "./limits.ts";
import type { ModelEvent, ModelRequest, Provider } from "./port.ts";

/** `view` is for who tells the user how long a model is left alone. */
type Circuit = Pick<CircuitBreaker, "admit"> & Partial<Pick<CircuitBreaker, "view">>;

/** Each circuit belongs to one model at one address. */
export type CircuitFor = (model: string) => Promise<Circuit>;

export function withBreaker(provider: Provider, circuitFor: CircuitFor): Provider {
  return {
    name: provider.name,
    stream: (request, signal, alive) => broken(provider, circuitFor, request, signal, alive),
  };
}

async function* broken(
  provider: Provider,
  circuitFor: CircuitFor,
  request: ModelRequest,
  signal: AbortSignal,
  alive?: () => void,
): AsyncGenerator<ModelEvent> {
  const circuit = await circuitFor(request.model);
  const admission = circuit.admit();
  if ("reason" in admission) {
    const target = { provider: provider.name, model: request.model };
    return yield { type: "failed", error: refusalError(admission, target) };
  }
  let told = false;
  try {
    for await (const event of provider.stream(request, signal, alive)) {
      if (event.type === "done") {
        told = true;
        admission.tell({ type: "succeeded" });
      } else if (event.type === "failed") {
        told = true;
        const blocked = admission.tell(outcomeOf(event.error));
        yield blocked ? { type: "failed", error: unretried(event.error, circuit.view?.().waitMs) } : event;
        return;
      } else if (isAnswer(event)) admission.tell({ type: "answering" });
      yield event;
    }
  } finally {
    // Given up by who asked: a probe is released, and nothing is said about the far end.
    if (!told) admission.tell({ type: "neutral" });
  }
}

/** What each kind says about the health of the far end. */
const FAILURES: Readonly<Record<ProviderErrorKind, boolean>> = {
  network: true,
  timeout: true,
  overloaded: true,
  server: true,
  idle: true,
  cut_off: true,
  conflict: false,
  rate_limit: false,
  quota: false,
  auth: false,
  not_found: false,
  bad_request: false,
  too_long: false,
  // A wrong address or a portal that wants a login: nothing that goes away with time.
  protocol: false,
  circuit_open: false,
  unsent: false,
  aborted: false,
};

/** It has the kind of a timeout, and is an answer all the same. */
const REQUEST_TIMEOUT = 408;

function outcomeOf({ kind, status, message, retryAfterMs }: ProviderError) {
  if (FAILURES[kind] && status !== REQUEST_TIMEOUT) return { type: "failed", why: message } as const;
  if (kind !== "rate_limit" || retryAfterMs === undefined) return { type: "neutral" } as const;
  return { type: "neutral", waitMs: retryAfterMs } as const;
}

/** Another attempt would only be refused: what failed says more to the user than that. */
function unretried(error: ProviderError, waitMs: number | undefined): ProviderError {
  const { kind, message, status, retryAfterMs, advice, code, exitCode } = error;
  const alone = waitMs === undefined ? "" : ` (it fails too often, and is left alone for ${seconds(waitMs)})`;
  return new ProviderError(kind, message + alone, {
    retry: "no",
    code,
    exitCode,
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(advice === undefined ? {} : { advice }),
  });
}

function refusalError(
  { reason, why, waitMs }: Refused,
  { provider, model }: { provider: string; model: string },
): ProviderError {
  const name = `${provider}/${model}`;
  const details = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  if (reason === "asked_to_wait") {
    const advice = "try again later, or choose another model with -m";
    return new ProviderError("rate_limit", `${name} asked for a wait that is not over`, {
      ...details,
      advice,
    });
  }
  const again = waitMs === undefined ? "in a moment" : `in ${seconds(waitMs)}`;
  const what =
    waitMs === undefined
      ? "another request is finding out whether it is back"
      : `is left alone for ${seconds(waitMs)} more`;
  const advice = `try again ${again}, or choose another model with -m`;
  const message = `${name} failed too often, and ${what}; the last failure: ${why}`;
  return new ProviderError("circuit_open", message, { ...details, advice });
}
