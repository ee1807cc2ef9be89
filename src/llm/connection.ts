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
