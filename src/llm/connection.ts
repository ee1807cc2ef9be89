/** What both clients need to make one request. */
import type { Endpoint } from "./endpoint.ts";
import type { Fetch } from "./wire.ts";
import type { Target } from "./wording.ts";

export interface Connection {
  target: Target;
  fetch: Fetch;
  signal: AbortSignal;
  alive: () => void;
  wall: () => number;
  /** Models of the provider that turned out to take only plainer requests; who finds another adds it. */
  plain: Set<string>;
}

/** The SDKs demand a key; the header that would carry this one is taken out. */
export const NO_KEY = "none";

/** The SDKs' own limit is put out of the way: the guard limits what it can tell apart. */
export const UNLIMITED_MS = 2 ** 31 - 1;

/** The SDKs tell the provider of the user's system; nobody asked for that. */
const PLAIN_HEADERS: Readonly<Record<string, string | null>> = {
  "user-agent": "mcpchat",
  "x-stainless-lang": null,
  "x-stainless-package-version": null,
  "x-stainless-os": null,
  "x-stainless-arch": null,
  "x-stainless-runtime": null,
  "x-stainless-runtime-version": null,
  "x-stainless-retry-count": null,
  "x-stainless-timeout": null,
};

/** The headers over the SDK's own; both carry the key in `authorization`, which goes when there is none. */
export function headersFor(endpoint: Endpoint): Record<string, string | null> {
  return { ...PLAIN_HEADERS, ...(endpoint.apiKey ? {} : { authorization: null }), ...endpoint.headers };
}

const OFFICIAL_HOSTS: readonly string[] = ["api.anthropic.com", "api.openai.com"];
/** What the wire itself needs, of what the SDKs send. */
const WIRE_HEADERS = ["accept", "anthropic-version", "content-type"] as const;

export function isOfficial(endpoint: Pick<Endpoint, "baseUrl">): boolean {
  return OFFICIAL_HOSTS.includes(new URL(endpoint.baseUrl).hostname);
}

/**
 * `fetch` with the headers that were configured for the endpoint and no others: the SDKs add those of
 * ANTHROPIC_CUSTOM_HEADERS and OPENAI_CUSTOM_HEADERS by themselves, which may be secrets, and must not be told to
 * whoever else speaks the same wire.
 */
export function withOwnHeaders(fetch: Fetch, endpoint: Endpoint): Fetch {
  if (isOfficial(endpoint)) return fetch;
  return (input, init) =>
    fetch(input, { ...init, headers: ownHeaders(new Headers(init?.headers), endpoint) });
}

function ownHeaders(offered: Headers, { apiKey, headers }: Endpoint): Headers {
  const own = new Headers({ "user-agent": "mcpchat" });
  for (const name of WIRE_HEADERS) {
    const value = offered.get(name);
    if (value !== null) own.set(name, value);
  }
  if (apiKey) own.set("authorization", `Bearer ${apiKey}`);
  for (const [name, value] of Object.entries(headers)) own.set(name, value);
  return own;
}
