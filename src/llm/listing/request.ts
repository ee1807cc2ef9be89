/** One small question to a provider, beside those that its SDK asks: bounded in time and size, its failures sorted. */
import { type Clock, systemClock } from "../../lib/clock.ts";
import { classify, networkError, providerError } from "../classify.ts";
import { isOfficial } from "../connection.ts";
import type { Endpoint } from "../endpoint.ts";
import { ProviderError } from "../errors.ts";
import { failureOfResponse } from "../failure.ts";
import { parseJson } from "../fields.ts";
import type { Fetch } from "../wire.ts";
import type { Target } from "../wording.ts";

export interface Asking {
  endpoint: Endpoint;
  /** The pooled `fetch` for an origin. */
  fetch: (origin: string) => Fetch;
  signal: AbortSignal;
  /** For one answer, in milliseconds. */
  patienceMs?: number;
  clock?: Clock;
}

const PATIENCE_MS = 10_000;
/** OpenRouter's list, the longest, has about one. */
const LARGEST_BODY_BYTES = 32 * 1024 * 1024;
const ANTHROPIC_VERSION = "2023-06-01";

/** The JSON at an address of the endpoint. Throws ProviderError, and the signal's reason. */
export async function askJson(asking: Asking, url: string, body?: object): Promise<unknown> {
  const { signal, clock = systemClock, patienceMs = PATIENCE_MS } = asking;
  const target = targetOf(asking.endpoint);
  const limit = new AbortController();
  const cancel = clock.setTimer(patienceMs, () => limit.abort());
  try {
    return await answerOf(asking, url, body, AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.signal.aborted) throw late(target, patienceMs);
    throw error instanceof ProviderError ? error : networkError(error, target);
  } finally {
    cancel();
  }
}

/** An answer that is none: a web page, other JSON. */
export function notModels(endpoint: Endpoint): ProviderError {
  return providerError("protocol", targetOf(endpoint), "it sent no list of models");
}

async function answerOf(
  { endpoint, fetch, clock = systemClock }: Asking,
  url: string,
  body: object | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const response = await fetch(new URL(url).origin)(url, {
    // A redirect would carry the key elsewhere.
    redirect: "manual",
    headers: headersOf(endpoint, body !== undefined),
    signal,
    ...(body && { method: "POST", body: JSON.stringify(body) }),
  });
  const text = await boundedText(response, endpoint);
  if (!response.ok) {
    const { status, headers } = response;
    throw classify(failureOfResponse({ status, headers, body: text }, clock.wall()), targetOf(endpoint));
  }
  const answer = parseJson(text);
  if (answer === undefined) throw notModels(endpoint);
  return answer;
}

async function boundedText({ body }: Response, endpoint: Endpoint): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_BODY_BYTES) throw notModels(endpoint);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** As the models' own client says who we are. */
function headersOf(endpoint: Endpoint, hasBody: boolean): Headers {
  const { kind, apiKey } = endpoint;
  const headers = new Headers({ accept: "application/json", "user-agent": "mcpchat" });
  if (hasBody) headers.set("content-type", "application/json");
  if (kind === "anthropic") headers.set("anthropic-version", ANTHROPIC_VERSION);
  if (apiKey && kind === "anthropic" && isOfficial(endpoint)) headers.set("x-api-key", apiKey);
  else if (apiKey) headers.set("authorization", `Bearer ${apiKey}`);
  for (const [name, value] of Object.entries(endpoint.headers)) headers.set(name, value);
  return headers;
}

/** No model is meant: the provider is asked as a whole. */
function targetOf({ name, baseUrl, apiKey, keyVariable }: Endpoint): Target {
  return {
    provider: name,
    model: "",
    origin: new URL(baseUrl).origin,
    ...(keyVariable !== undefined && { keyVariable }),
    ...(apiKey !== undefined && { apiKey }),
  };
}

function late({ provider, origin }: Target, patienceMs: number): ProviderError {
  const message = `${provider} did not answer in time: nothing for ${patienceMs / 1000} s (${origin})`;
  return new ProviderError("timeout", message, { advice: "try again" });
}
