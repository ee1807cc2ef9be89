import type { Usage } from "../lib/conversation.ts";
import { TooLargeError } from "./bounds.ts";
import { inBursts } from "./burst.ts";
import { abortedError, classify, networkError, providerError } from "./classify.ts";
import type { ProviderError } from "./errors.ts";
import { failureOfBody, failureOfResponse } from "./failure.ts";
import { fields, parseJson } from "./fields.ts";
import type { ModelEvent, StopReason } from "./port.ts";
import { type Fetch, isDocument, mediaType, tapWire, type Wire } from "./wire.ts";
import type { Target } from "./wording.ts";

/** Turns the chunks of one answer into events; pure but for the state it gathers. */
export interface AnswerReader {
  read(chunk: unknown): ModelEvent[];
  /** Reads an answer that came whole, as JSON; absent where no server is known to send one. */
  readDocument?(document: unknown): ModelEvent[];
  /** What is left to say after the last chunk; asking changes nothing. */
  end(): AnswerEnd;
}

export interface AnswerEnd {
  events: ModelEvent[];
  usage: Usage | undefined;
  /** Undefined when the stream ended before the answer did. */
  stopReason: StopReason | undefined;
  /** Whether anything in the stream was of the provider's protocol. */
  recognised: boolean;
  /** Whether what came is an answer even if no reason to stop is given, once the stream itself is marked as over. */
  isEnough: boolean;
  /** An error that the stream told of as one of its events, as it came. */
  failure?: unknown;
}

export interface Ask {
  target: Target;
  fetch: Fetch;
  reader: AnswerReader;
  /** Sends the request through `fetch`, by the SDK, and hands back its decoded stream. */
  open(fetch: Fetch): Promise<{ chunks: AsyncIterable<unknown>; response: Response }>;
  signal: AbortSignal;
  alive: () => void;
  /** Milliseconds since the Unix epoch, for a Retry-After that is a date. */
  wall: () => number;
}

/** One request and its answer: every failure of the far end becomes the last event. */
export async function* streamAnswer(ask: Ask): AsyncGenerator<ModelEvent> {
  const wire = tapWire(ask.fetch, ask.alive);
  let failure: ProviderError | undefined;
  try {
    const { chunks, response } = await ask.open(wire.fetch);
    if (isDocument(response)) failure = yield* readDocument(await response.text(), response, ask);
    else yield* inBursts(chunks, (chunk) => ask.reader.read(chunk), wire);
  } catch (error) {
    failure = sortThrown(error, wire, ask);
  }
  const end = settled(ask.reader.end(), wire);
  failure ??= sortEnd(end, wire, ask);
  if (!failure) yield* end.events;
  if (end.usage) yield { type: "usage", usage: end.usage };
  if (failure) yield { type: "failed", error: failure };
  else yield { type: "done", stopReason: end.stopReason ?? "other" };
}

/** Some servers give no reason to stop, and only say that the stream is over. */
function settled(end: AnswerEnd, wire: Wire): AnswerEnd {
  return end.stopReason === undefined && end.isEnough && wire.marked ? { ...end, stopReason: "other" } : end;
}

/** A success that is no stream: a whole answer, an error in the wrong clothes, or not a provider at all. */
function* readDocument(
  content: string,
  response: Response,
  { reader, target }: Ask,
): Generator<ModelEvent, ProviderError | undefined> {
  const body = parseJson(content);
  if (fields(Array.isArray(body) ? body[0] : body).error) return classify(failureOfBody(body), target);
  if (reader.readDocument && Array.isArray(fields(body).choices)) {
    yield* reader.readDocument(body);
    return undefined;
  }
  const what = mediaType(response) === "text/html" ? "a web page" : "a JSON document";
  return providerError("protocol", target, `${what} came instead of a stream`);
}

function sortThrown(error: unknown, wire: Wire, ask: Ask): ProviderError | undefined {
  const { target } = ask;
  if (ask.signal.aborted) return abortedError(target, ask.signal.reason);
  if (wire.refusal) return classify(failureOfResponse(wire.refusal, ask.wall()), target, error);
  if (wire.broken !== undefined) return sortBroken(wire, ask);
  if (error instanceof SyntaxError) return damaged(wire, ask, error);
  // Both SDKs throw an error event of the stream with what it said as `error`.
  const said = fields(error).error;
  if (said !== undefined) return classify(failureOfBody(said), target, error);
  return providerError("protocol", target, error instanceof Error ? error.message : String(error), error);
}

function sortBroken(wire: Wire, ask: Ask): ProviderError | undefined {
  if (!wire.begun) return networkError(wire.broken, ask.target);
  if (wire.broken instanceof TooLargeError) return providerError("protocol", ask.target, wire.broken.message);
  // Some servers close the socket on their last word.
  if (ask.reader.end().stopReason !== undefined) return undefined;
  return providerError("cut_off", ask.target, "the connection broke", wire.broken);
}

/** Not JSON: from the beginning it is something else, later on it is an answer that got damaged. */
function damaged(wire: Wire, ask: Ask, error: unknown): ProviderError {
  const { recognised } = ask.reader.end();
  if (recognised) return providerError("cut_off", ask.target, `damaged after ${wire.bytes} bytes`, error);
  return providerError("protocol", ask.target, "what came is not JSON", error);
}

/** Anthropic's iterator ends quietly on an abort, and both do on a stream that just stops. */
function sortEnd(end: AnswerEnd, wire: Wire, ask: Ask): ProviderError | undefined {
  if (end.failure !== undefined) return classify(failureOfBody(end.failure), ask.target);
  if (end.stopReason !== undefined) return undefined;
  if (ask.signal.aborted) return abortedError(ask.target, ask.signal.reason);
  if (end.recognised) return providerError("cut_off", ask.target, "the stream ended too soon");
  if (wire.bytes === 0) return providerError("cut_off", ask.target, "the stream was empty");
  return providerError("protocol", ask.target, "nothing in the stream is part of an answer");
}
