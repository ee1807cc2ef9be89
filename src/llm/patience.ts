/** How long to wait for a provider's first sign of life when the configuration does not say. */
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
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host.startsWith("[")) return isPrivateV6(host.slice(1, -1));
  const numbers = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host);
  if (numbers) return isPrivateV4(Number(numbers[1]), Number(numbers[2]));
  return !host.includes(".") || /\.(localhost|local|internal|lan|home\.arpa)$/.test(host);
}

/** RFC 1918, loopback, link-local, and the shared addresses (RFC 6598) that private overlays use. */
function isPrivateV4(first: number, second: number): boolean {
  if (first === 10 || first === 127) return true;
  if (first === 172) return second >= 16 && second < 32;
  if (first === 100) return second >= 64 && second < 128;
  return (first === 192 && second === 168) || (first === 169 && second === 254);
}

/** Loopback, unique local (RFC 4193), link-local, and the addresses of IPv4 in the form that a URL gives them. */
function isPrivateV6(address: string): boolean {
  const mapped = /^::ffff:([0-9a-f]{1,4}):[0-9a-f]{1,4}$/.exec(address)?.[1];
  if (mapped !== undefined) {
    const pair = Number.parseInt(mapped, 16);
    return isPrivateV4(pair >> 8, pair & 255);
  }
  return address === "::1" || /^f[cd]|^fe[89ab]/.test(address);
}
