/**
 * What lies under the SDK's transports: `fetch` with the headers of the configuration, without Bun's limit of five
 * minutes on idle streams, with bounds on what is kept in memory, and with an eye on what becomes of each request.
 */
import type { FetchLike } from "@modelcontextprotocol/client";
import { networkFailure } from "../../../lib/network-failure.ts";
import type { RemoteConfig } from "../config.ts";
import { RemoteFailure } from "../errors.ts";
import { AnswerTooLarge, cappedBody } from "./capped-body.ts";
import { HttpRefusal, reasonIn } from "./refusal.ts";

/** As `fetch`, but for what only the global one has. */
export type Fetch = (url: string | URL, init?: BunFetchRequestInit) => Promise<Response>;

export interface WireEvents {
  /** A stream of events that was asked for by GET is there. */
  onStream: () => void;
  /** What was sent is answered in one piece; what is only accepted may be answered on a stream. */
  onWhole: () => void;
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

/** An answer that is no stream of events where only that makes sense. */
export class UnexpectedContent extends Error {
  override readonly name = "UnexpectedContent";
  constructor(readonly contentType: string | null) {
    super(`unexpected content type: ${contentType}`);
  }
}

/**
 * Throws Unreachable when a server cannot be reached, and HttpRefusal or UnexpectedContent where the error of the SDK
 * does not say enough: each error says by itself which answer it is about, as others may come meanwhile.
 */
export function createWire(options: WireOptions): FetchLike {
  return async (input, init = {}) => {
    const url = new URL(input);
    const response = await request(options, url, init);
    const asked = (init.method ?? "GET") === "GET";
    await refuseRedirection(response, url, asked);
    const isStream = asked && response.ok && isEventStream(response);
    const isOld = options.config.transport === "sse";
    if (isOld && asked && response.status === 200 && !isStream) await refuseContent(response);
    if (isStream) options.onStream();
    if (!asked && response.ok && response.status !== 202 && !isEventStream(response)) options.onWhole();
    const watched = watch(response, isStream, options);
    if (isOld && !asked) await refuse(watched);
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
    if (error instanceof AnswerTooLarge && events) options.onTooLarge(error);
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

function isEventStream(response: Response): boolean {
  return (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
}

const REDIRECTIONS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What the SDK will not follow. */
async function refuseRedirection(response: Response, url: URL, asked: boolean): Promise<void> {
  const { status, headers, body } = response;
  const location = headers.get("location");
  if (!REDIRECTIONS.has(status) || location === null || !URL.canParse(location, url.href)) return;
  const target = new URL(location, url);
  const keepsMethod = asked || status === 307 || status === 308;
  if (keepsMethod && isWithinOrigin(url, target)) return;
  await body?.cancel();
  throw new HttpRefusal(status, "", `${target.origin}${target.pathname}`);
}

function isWithinOrigin(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true;
  const isUpgrade = from.protocol === "http:" && to.protocol === "https:";
  return isUpgrade && from.hostname === to.hostname && from.port === "" && to.port === "";
}

async function refuseContent({ headers, body }: Response): Promise<never> {
  await body?.cancel();
  throw new UnexpectedContent(headers.get("content-type"));
}
