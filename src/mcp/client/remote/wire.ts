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

export interface WireEvents {
  /** The status of each answer, and where it points to if it is a redirection. */
  onAnswer: (status: number, location?: string) => void;
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
  /** Ends all requests. */
  signal: AbortSignal;
  fetch: Fetch;
}

/** Throws Unreachable when a server cannot be reached. */
export function createWire(options: WireOptions): FetchLike {
  const { config, signal } = options;
  const old = config.transport === "sse";
  let streaming = false;
  return async (input, init = {}) => {
    signal.throwIfAborted();
    const url = new URL(input);
    const isGet = (init.method ?? "GET") === "GET" && acceptsEvents(init.headers);
    // An EventSource would connect again, to a session that nobody has begun.
    if (old && isGet && streaming) return new Response(null, { status: 204 });
    const response = await request(options, url, init);
    options.onAnswer(response.status, locationOf(response, url));
    const isStream = isGet && response.ok && isEventStream(response);
    if (isStream) streaming = true;
    if (isStream) options.onStream();
    const watched = watch(response, isStream, options);
    if (old && init.method === "POST") await refuse(watched);
    return watched;
  };
}

async function request(options: WireOptions, url: URL, init: RequestInit): Promise<Response> {
  const { signal, fetch } = options;
  const signals = init.signal ? [signal, init.signal] : [signal];
  try {
    const headers = headersFor(options, url, init.headers);
    return await fetch(url, { ...init, headers, signal: AbortSignal.any(signals), timeout: false });
  } catch (error) {
    if (signals.some((each) => each.aborted)) throw error;
    throw unreachable(error, url);
  }
}

/** Headers of the configuration go to the server's own origin alone; what the protocol says comes first. */
function headersFor(
  { config }: WireOptions,
  url: URL,
  init: ConstructorParameters<typeof Headers>[0],
): Headers {
  const headers = new Headers(init);
  const server = new URL(config.url);
  if (url.origin !== server.origin) return headers;
  for (const [name, value] of Object.entries(config.headers)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  return headers;
}

/** A request that got no answer. */
export class Unreachable extends RemoteFailure {}

function unreachable(error: unknown, url: URL): Unreachable {
  const { words, advice, certificate, undelivered } = networkFailure(error);
  const told = `cannot be reached: ${words} (${url.origin})${advice === undefined ? "" : `; ${advice}`}`;
  return new Unreachable(told, certificate, undelivered, { cause: error });
}

function watch(response: Response, isStream: boolean, options: WireOptions): Response {
  if (!response.body) return response;
  const events = isEventStream(response);
  const onEnd = (error?: unknown) => {
    if (isTooLarge(error) && events) options.onTooLarge(error);
    else if (isStream) options.onStreamEnd(error);
  };
  const body = cappedBody(response.body, events, { maxBytes: options.maxBytes, onEnd });
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

function acceptsEvents(headers: ConstructorParameters<typeof Headers>[0]): boolean {
  return new Headers(headers).get("accept")?.includes("text/event-stream") ?? false;
}

/** Without what may be secret in it. */
function locationOf(response: Response, url: URL): string | undefined {
  const location = response.headers.get("location");
  if (location === null || !URL.canParse(location, url.href)) return undefined;
  const { origin, pathname } = new URL(location, url);
  return `${origin}${pathname}`;
}
