/** How long to wait for a provider's first sign of life when the configuration does not say. */
import { isAddress, isPrivateAddress, isPrivateName } from "../lib/private-address.ts";
import type { Endpoint } from "./endpoint.ts";
import { type AttemptLimits, DEFAULT_LIMITS } from "./limits.ts";

/** A model may have to be loaded from disk, and reads a long conversation without a word. */
const LOCAL_HEADERS_MS = 300_000;
const LOCAL_SERVERS: ReadonlySet<string> = new Set(["ollama", "lmstudio", "vllm"]);

/** The limits of one attempt at an endpoint; what is configured, in milliseconds, comes first. */
export function limitsFor(
  endpoint: Pick<Endpoint, "name" | "baseUrl">,
  configured: { headersMs?: number | undefined; idleMs?: number | undefined } = {},
): AttemptLimits {
  const isLocal = LOCAL_SERVERS.has(endpoint.name) || isPrivate(new URL(endpoint.baseUrl).hostname);
  const headersMs = isLocal ? LOCAL_HEADERS_MS : DEFAULT_LIMITS.headersMs;
  return {
    headersMs: configured.headersMs ?? headersMs,
    idleMs: configured.idleMs ?? DEFAULT_LIMITS.idleMs,
    // A slow machine that is asked again begins again, beside the request that it may still be working on.
    ...(isLocal ? { retryHeaders: false } : {}),
  };
}

/** Whether a host, as a URL has it, is this machine or one of a private network, by its address or its name. */
function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return isAddress(host) ? isPrivateAddress(host) : isPrivateName(host);
}
