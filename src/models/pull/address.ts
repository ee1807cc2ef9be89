/** Which addresses models are loaded from. */
import { isIPv4, isIPv6 } from "node:net";
import { UsageError } from "../../lib/errors.ts";

/** An address without what may be secret in it: user, password and query. */
export function publicAddress({ origin, protocol, host, pathname }: URL): string {
  // Only the protocols of the web have an origin.
  return origin === "null" ? `${protocol}//${host}${pathname}` : `${origin}${pathname}`;
}

/**
 * https, or http within this machine and its own network: on the way from elsewhere anybody could put another model in
 * place of the one that was asked for.
 */
export function isAllowed({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isPrivate(hostname));
}

/** Throws UsageError for an address that is none, or that models are not loaded from; `name` says whose it is. */
export function allowedAddress(name: string, text: string): URL {
  if (!URL.canParse(text)) throw new UsageError(`${name} is not an address: ${text}`);
  const url = new URL(text);
  if (isAllowed(url)) return url;
  const advice = "write https://; http:// is for this machine and private networks";
  throw new UsageError(`${name} is not a safe address: ${publicAddress(url)}`, advice);
}

function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (isIPv4(host)) return isPrivateV4(host);
  // Loopback, unique local (RFC 4193), link local.
  if (isIPv6(host)) return host === "::1" || /^(?:f[cd]|fe[89ab])/i.test(host);
  return !host.includes(".") || /\.(?:localhost|local|internal|lan|home\.arpa)$/i.test(host);
}

/** Loopback, RFC 1918, link local (RFC 3927), shared (RFC 6598). */
function isPrivateV4(host: string): boolean {
  const [first = 0, second = 0] = host.split(".").map(Number);
  if (first === 127 || first === 10) return true;
  if (first === 192) return second === 168;
  if (first === 172) return second >= 16 && second < 32;
  if (first === 169) return second === 254;
  return first === 100 && second >= 64 && second < 128;
}
