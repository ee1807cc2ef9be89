/** Requests to the hub and to other servers: where they may lead, who is given the token, and what their answers mean. */
import { type Clock, systemClock } from "../../lib/clock.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { isAllowed, publicAddress } from "./address.ts";
import { PullError } from "./problem.ts";
import { refusal } from "./refusal.ts";

/** What is used of `fetch`. */
export type Fetch = (url: URL, init: BunFetchRequestInit) => Promise<Response>;

export interface Network {
  fetch: Fetch;
  clock: Clock;
  random: () => number;
  /** Where the hub is. */
  endpoint: URL;
  /** For the hub alone. */
  token?: string;
  /** Milliseconds until the headers of an answer. */
  headersMs: number;
  /** Milliseconds that a download may stay silent. */
  quietMs: number;
}

/** An answer whose body was not read yet. */
export interface Opened {
  response: Response;
  /** Ends the request: closes the connection if the body is not over. */
  close(): void;
}

const MOST_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HEADERS_MS = 30_000;
const QUIET_MS = 60_000;

export function openNetwork(settings: Pick<Network, "endpoint" | "token"> & Partial<Network>): Network {
  return {
    fetch: (url, init) => fetch(url, init),
    clock: systemClock,
    random: Math.random,
    headersMs: HEADERS_MS,
    quietMs: QUIET_MS,
    ...settings,
  };
}

/**
 * Asks for `url` and follows where it leads. Resolves with an answer of 2xx, or of 416. Throws PullError, and what the
 * signal says.
 */
export async function request(
  network: Network,
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Opened> {
  let at = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const opened = await requestOnce(network, at, headers, signal);
    const { response } = opened;
    const location = response.headers.get("location");
    if (!REDIRECTS.has(response.status) || location === null) {
      if (response.ok || response.status === 416) return opened;
      opened.close();
      throw refusal({ ...network, url: at, wallNow: network.clock.wall() }, response);
    }
    opened.close();
    at = followed(at, location);
  }
  throw new PullError("refused", `${publicAddress(url)} redirects without end`);
}

function followed(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const downgraded = from.protocol === "https:" && to?.protocol !== "https:";
  if (to && isAllowed(to) && !downgraded) return to;
  const where = to ? publicAddress(to) : singleLine(location, 100);
  throw new PullError("refused", `${publicAddress(from)} redirects to ${where}, which is not a safe address`);
}

async function requestOnce(
  { fetch, clock, endpoint, token, headersMs }: Network,
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Opened> {
  signal.throwIfAborted();
  const ended = new AbortController();
  const cancel = clock.setTimer(headersMs, () => ended.abort());
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([signal, ended.signal]),
      // Silence is bounded by who reads.
      timeout: false,
      decompress: false,
      headers: {
        "user-agent": "mcpchat",
        "accept-encoding": "identity",
        ...headers,
        ...(token !== undefined && url.origin === endpoint.origin && { authorization: `Bearer ${token}` }),
      },
    });
    return { response, close: () => ended.abort() };
  } catch (error) {
    signal.throwIfAborted();
    throw ended.signal.aborted
      ? new PullError("unavailable", `${url.origin} did not answer in ${headersMs / 1000} s`, TRY_AGAIN)
      : networkProblem(url, error);
  } finally {
    cancel();
  }
}

const TRY_AGAIN = { advice: "try again later" };

const NETWORK: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ConnectionRefused", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["ENOTFOUND", "host not found"],
  ["EAI_AGAIN", "host not found, the name server does not answer"],
  ["ETIMEDOUT", "connection timed out"],
  ["ENETUNREACH", "network unreachable"],
  ["EHOSTUNREACH", "host unreachable"],
]);

/** A connection that could not be made, or that broke before there was an answer. */
function networkProblem(url: URL, cause: unknown): PullError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const why = NETWORK.get(code) ?? (code || "no connection");
  const advice = "check the network, and try again";
  return new PullError("unavailable", `${url.origin} cannot be reached: ${why}`, { cause, advice });
}
