/**
 * The `fetch` for everything that has to do with logins: bounded in time and size, and never to where a token or a
 * code could be read on the way. What is meant for the MCP server, its configured headers, goes to its origin alone.
 */
import type { FetchLike } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { isLoopback } from "../../../lib/loopback.ts";
import { networkFailure } from "../../../lib/network-failure.ts";
import { AuthRequestFailed } from "./errors.ts";

export interface BoundedFetchOptions {
  /** The address of the MCP server: one on this machine may have an authorization server beside it. */
  server: string;
  /** For what lies at the address of the MCP server itself; but never who we are. */
  headers?: Readonly<Record<string, string>>;
  fetch?: FetchLike;
  clock?: Clock;
  signal?: AbortSignal;
  /** Answers are given without their bodies, which may never end. */
  headersOnly?: boolean;
}

const LONGEST_MS = 15_000;
const LARGEST_BYTES = 1024 * 1024;
const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Statuses that go without a body. */
const BODILESS = new Set([101, 204, 205, 304]);

/** Throws AuthRequestFailed, or the signal's reason. */
export function boundedFetch(options: BoundedFetchOptions): FetchLike {
  const { clock = systemClock, headersOnly = false } = options;
  const base: FetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  return async (url, init) => {
    const late = new AbortController();
    const cancel = clock.setTimer(LONGEST_MS, () => late.abort());
    const signals = [late.signal, options.signal, init?.signal].filter((signal) => signal != null);
    const signal = AbortSignal.any(signals);
    try {
      return await fetchFollowing(base, options, new URL(url), { ...init, signal, headersOnly });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw failureFrom(error, new URL(url), late.signal.aborted);
    } finally {
      cancel();
    }
  };
}

/** Follows redirects of questions only: each next address must be as good as the first. */
async function fetchFollowing(
  base: FetchLike,
  { server, headers = {} }: BoundedFetchOptions,
  first: URL,
  { headersOnly, ...init }: RequestInit & { headersOnly: boolean },
): Promise<Response> {
  const follows = init.redirect === undefined && (init.method ?? "GET") === "GET";
  let address = first;
  for (let followed = 0; ; followed++) {
    assertSafe(address, server);
    const own = address.origin === new URL(server).origin ? headers : {};
    const response = await base(address, {
      ...init,
      headers: withMissing(init.headers, own),
      redirect: "manual",
    });
    const location = response.headers.get("location");
    const goesOn = follows && REDIRECTS.has(response.status) && followed < MOST_REDIRECTS;
    const ends = !goesOn || location === null;
    if (ends && !headersOnly) return wholeOf(response, address);
    await response.body?.cancel();
    if (ends) return new Response(null, response);
    address = new URL(location, address);
  }
}

function withMissing(
  init: ConstructorParameters<typeof Headers>[0],
  more: Readonly<Record<string, string>>,
): Headers {
  const headers = new Headers(init);
  for (const [name, value] of Object.entries(more)) {
    if (name.toLowerCase() !== "authorization" && !headers.has(name)) headers.set(name, value);
  }
  return headers;
}

function assertSafe(address: URL, server: string): void {
  if (isSafe(address, server)) return;
  throw new AuthRequestFailed(`${address.origin} is not https: refused`, "insecure");
}

/** Whether nobody on the way can read along: plain http is for a machine that talks to itself. */
export function isSafe(address: URL, server: string): boolean {
  if (address.protocol === "https:") return true;
  return address.protocol === "http:" && isLoopback(address.hostname) && isLoopback(new URL(server).hostname);
}

async function wholeOf(response: Response, address: URL): Promise<Response> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > LARGEST_BYTES)
      throw new AuthRequestFailed(`${address.origin} answers with more than 1 MiB`, "too_large");
  }
  const body = BODILESS.has(response.status) ? null : Buffer.concat(chunks);
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

function failureFrom(error: unknown, { origin }: URL, late: boolean): AuthRequestFailed {
  if (error instanceof AuthRequestFailed) return error;
  if (late) return new AuthRequestFailed(`${origin} does not answer`, "late", { cause: error });
  const { words, advice } = networkFailure(error);
  const told = `${origin} cannot be reached: ${words}${advice === undefined ? "" : `; ${advice}`}`;
  return new AuthRequestFailed(told, "unreachable", { cause: error });
}
