/**
 * The `fetch` for everything that has to do with logins: bounded in time and size, and never to where a token or a
 * code could be read on the way. It carries nothing that is meant for the MCP server, such as configured headers.
 */
import type { FetchLike } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { networkFailure } from "../../../lib/network-failure.ts";
import { AuthRequestFailed } from "./errors.ts";

export interface BoundedFetchOptions {
  /** The address of the MCP server: one on this machine may have an authorization server beside it. */
  server: string;
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
  const { server, clock = systemClock, headersOnly = false } = options;
  const base: FetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  return async (url, init) => {
    const late = new AbortController();
    const cancel = clock.setTimer(LONGEST_MS, () => late.abort());
    const signals = [late.signal, options.signal, init?.signal].filter((signal) => signal != null);
    const signal = AbortSignal.any(signals);
    try {
      return await fetchFollowing(base, server, new URL(url), { ...init, signal, headersOnly });
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
  server: string,
  first: URL,
  { headersOnly, ...init }: RequestInit & { headersOnly: boolean },
): Promise<Response> {
  const follows = init.redirect === undefined && (init.method ?? "GET") === "GET";
  let address = first;
  for (let followed = 0; ; followed++) {
    assertSafe(address, server);
    const response = await base(address, { ...init, redirect: "manual" });
    const location = response.headers.get("location");
    const goesOn = follows && REDIRECTS.has(response.status) && followed < MOST_REDIRECTS;
    const ends = !goesOn || location === null;
    if (ends && !headersOnly) return wholeOf(response, address);
    await response.body?.cancel();
    if (ends) return new Response(null, response);
    address = new URL(location, address);
  }
}

/** Plain http is for a machine that talks to itself. */
function assertSafe(address: URL, server: string): void {
  if (address.protocol === "https:") return;
  const local = address.protocol === "http:" && isLoopback(address) && isLoopback(new URL(server));
  if (!local) throw new AuthRequestFailed(`${address.origin} is not https: refused`, "insecure");
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
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
