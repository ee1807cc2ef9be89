/** Fetches what is attached by its address: each step checked, bounded in time and size. */
import { lookup } from "node:dns/promises";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { withDeadline } from "../../lib/deadline.ts";
import { UsageError } from "../../lib/errors.ts";
import { networkFailure } from "../../lib/network-failure.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { version } from "../../lib/version.ts";
import { tooLarge } from "../kind.ts";
import type { RawAttachment } from "../port.ts";
import { authorizationOf, parseAddress, shownAddress, titleOf } from "./address.ts";
import { BodyBroken, BodyTooLarge, PACKINGS, readBody } from "./body.ts";
import { type DialOptions, dial } from "./dial.ts";

export interface FetchOptions extends Pick<DialOptions, "privateUrls" | "env"> {
  maxBytes: number;
  signal: AbortSignal;
  onProxy?: DialOptions["onProxy"];
  lookUp?: DialOptions["lookUp"];
  fetch?: DialOptions["fetch"];
  clock?: Clock;
}

const HEADERS_MS = 30_000;
const IDLE_MS = 30_000;
/** For everything: a server may send a byte now and then. */
const TOTAL_MS = 300_000;
const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const HEADERS = {
  accept: "text/*, application/pdf, image/png, image/jpeg, image/gif, image/webp, */*;q=0.5",
  "accept-encoding": PACKINGS,
  "user-agent": `mcpchat/${version}`,
};

/** Throws UsageError, in one line, for whatever keeps it from being read; the signal's reason when it aborts. */
export async function fetchAddress(text: string, options: FetchOptions): Promise<RawAttachment> {
  const { clock = systemClock } = options;
  const url = parseAddress(text);
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const cancel = clock.setTimer(TOTAL_MS, () => ended.abort(late(url, TOTAL_MS)));
  const stopped = Promise.withResolvers<never>();
  const onAbort = () => stopped.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    // Looking up a name cannot be told to stop: it is left behind.
    return await Promise.race([fetchFollowing(url, { ...options, clock, signal }), stopped.promise]);
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
    ended.abort(new Error("done"));
  }
}

async function fetchFollowing(first: URL, options: FetchOptions & { clock: Clock }): Promise<RawAttachment> {
  const { clock, signal } = options;
  const authorization = authorizationOf(first);
  let url = first;
  for (let followed = 0; ; followed++) {
    const own = authorization !== undefined && url.origin === first.origin ? { authorization } : {};
    const dialled = dial(url, { ...HEADERS, ...own }, dialOptions(options), signal);
    const response = await withDeadline(dialled, HEADERS_MS, () => late(url, HEADERS_MS), clock);
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return read(first, url, response, options);
    response.body?.cancel().catch(() => {});
    if (followed === MOST_REDIRECTS) {
      throw new UsageError(`${shownAddress(first)}: redirects more than ${MOST_REDIRECTS} times`);
    }
    url = nextAddress(url, location);
  }
}

function dialOptions({ privateUrls, env, onProxy = () => {}, ...options }: FetchOptions): DialOptions {
  return {
    privateUrls,
    env,
    onProxy,
    lookUp: options.lookUp ?? lookUpSystem,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
  };
}

async function lookUpSystem(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

function nextAddress(from: URL, location: string): URL {
  const next = URL.parse(location, from.href);
  if (!next || (next.protocol !== "http:" && next.protocol !== "https:")) {
    throw new UsageError(`${shownAddress(from)}: redirects to what is no address of the web`);
  }
  if (from.protocol === "https:" && next.protocol === "http:") {
    throw new UsageError(
      `${shownAddress(from)}: redirects from https to http: refused`,
      `if that is right, attach ${shownAddress(next)}`,
    );
  }
  return next;
}

async function read(
  first: URL,
  url: URL,
  response: Response,
  { maxBytes, clock = systemClock, signal }: FetchOptions,
): Promise<RawAttachment> {
  const name = shownAddress(first);
  if (!response.ok) {
    response.body?.cancel().catch(() => {});
    const status = singleLine(`${response.status} ${response.statusText}`, 80);
    throw new UsageError(`${name}: the server answers ${status}`, "check the address");
  }
  try {
    const limits = { maxBytes, idleMs: IDLE_MS, late: () => late(url, IDLE_MS), clock };
    const bytes = await readBody(response, limits);
    return { name, title: titleOf(first), bytes, ...hintsFrom(response.headers.get("content-type") ?? "") };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UsageError) throw error;
    if (error instanceof BodyTooLarge) throw tooLarge(name, undefined, maxBytes);
    const words = error instanceof BodyBroken ? error.message : networkFailure(error).words;
    throw new UsageError(`${name}: cannot be fetched: ${words}`, "try again later");
  }
}

function hintsFrom(contentType: string): Pick<RawAttachment, "charset" | "isText" | "isPage"> {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
  return {
    ...(charset !== undefined && { charset }),
    isText: type.startsWith("text/"),
    isPage: type === "text/html" || type === "application/xhtml+xml",
  };
}

function late(url: URL, ms: number): UsageError {
  return new UsageError(`${shownAddress(url)}: nothing came within ${ms / 1000} s`, "try again later");
}
