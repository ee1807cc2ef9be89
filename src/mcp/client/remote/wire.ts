/**
 * What lies under the SDK's transports: `fetch` with the headers of the configuration, without Bun's limit of five
 * minutes on idle streams, with bounds on what is kept in memory, and with an eye on what becomes of each request.
 */
import type { FetchLike } from "@modelcontextprotocol/client";
import { networkFailure } from "../../../lib/network-failure.ts";
import type { RemoteConfig } from "../config.ts";
import { RemoteFailure } from "../errors.ts";
import { type AnswerTooLarge, cappedBody } from "./capped-body.ts";
import { HttpRefusal, reasonIn } from "./refusal.ts";

/** As `fetch`, but for what only the global one has. */
export type Fetch = (url: string | URL, init?: BunFetchRequestInit) => Promise<Response>;

/** What a server said, but for the body. */
export interface Answer {
  status: number;
  contentType: string | null;
  /** Where a redirection points to, without what may be secret in it. */
  location?: string;
}

export interface WireEvents {
  onAnswer: (answer: Answer) => void;
  /** A stream of events that was asked for by GET is there. */
  onStream: () => void;
  /** It is over: what broke it off, if anything did. */
  onStreamEnd: (error?: unknown) => void;
  /** An event was too large to be taken. */
  onTooLarge: (error: AnswerTooLarge) => void;
}

export interface WireOptions extends WireEvents {
  config: RemoteConfig;
  maxBytes: number;
  /** Ends requests that have no signal of their own. */
  signal: AbortSignal;
  fetch: Fetch;
}

/** A request that got no answer. */
export class Unreachable extends RemoteFailure {}

/** An answer that is not complete. */
export class BrokenOff extends RemoteFailure {}

/** Throws Unreachable when a server cannot be reached, and HttpRefusal where the SDK has no class for it. */
export function createWire(options: WireOptions): FetchLike {
  return async (input, init = {}) => {
    const url = new URL(input);
    const response = await request(options, url, init);
    options.onAnswer(answerIn(response, url));
    const asked = (init.method ?? "GET") === "GET";
    const isStream = asked && response.ok && isEventStream(response);
    if (isStream) options.onStream();
    const watched = watch(response, isStream, options);
    if (options.config.transport === "sse" && !asked) await refuse(watched);
    return watched;
  };
}

async function request(options: WireOptions, url: URL, init: RequestInit): Promise<Response> {
  const signal = init.signal ?? options.signal;
  try {
    const headers = headersFor(options.config, url, init.headers);
    return await options.fetch(url, { ...init, headers, signal, timeout: false });
  } catch (error) {
    if (signal.aborted) throw error;
    throw unreachable(error, url);
  }
}

/** What the protocol says, or leaves unsaid. */
const OURS: ReadonlySet<string> = new Set([
  "accept",
  "content-length",
  "content-type",
  "last-event-id",
  "mcp-protocol-version",
  "mcp-session-id",
]);

/** Headers of the configuration go to the server's own origin alone; what the protocol says comes first. */
function headersFor(config: RemoteConfig, url: URL, init: RequestInit["headers"]): Headers {
  const headers = new Headers(init);
  const server = new URL(config.url);
  if (url.origin !== server.origin) return headers;
  for (const [name, value] of Object.entries(config.headers)) {
    if (!headers.has(name) && !OURS.has(name.toLowerCase())) headers.set(name, value);
  }
  return headers;
}

function unreachable(error: unknown, url: URL): Unreachable {
  const { words, advice, certificate, undelivered } = networkFailure(error);
  const told = `cannot be reached: ${words} (${url.origin})${advice === undefined ? "" : `; ${advice}`}`;
  return new Unreachable(told, certificate, undelivered, { cause: error });
}

function brokenOff(error: unknown): BrokenOff {
  const { words } = networkFailure(error);
  return new BrokenOff(`it broke off in the middle of an answer: ${words}`, false, false, { cause: error });
}

function watch(response: Response, isStream: boolean, options: WireOptions): Response {
  if (!response.body) return response;
  const events = isEventStream(response);
  const onEnd = (error?: unknown) => {
    if (isTooLarge(error) && events) options.onTooLarge(error);
    else if (isStream) options.onStreamEnd(error);
  };
  const body = cappedBody(response.body, events, { maxBytes: options.maxBytes, onEnd, explain: brokenOff });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

/** The older transport has no class for the errors of HTTP; who we are is its own affair all the same. */
async function refuse(response: Response): Promise<void> {
  if (response.ok || response.status === 401) return;
  const text = await response.text().catch(() => "");
  throw new HttpRefusal(response.status, reasonIn(text));
}

function isTooLarge(error: unknown): error is AnswerTooLarge {
  return error instanceof Error && error.name === "AnswerTooLarge";
}

function isEventStream(response: Response): boolean {
  return (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
}

function answerIn(response: Response, url: URL): Answer {
  const { status, headers } = response;
  const location = headers.get("location");
  const answer = { status, contentType: headers.get("content-type") };
  if (location === null || !URL.canParse(location, url.href)) return answer;
  const { origin, pathname } = new URL(location, url);
  return { ...answer, location: `${origin}${pathname}` };
}
