/**
 * One request to an address that was checked: the name is looked up here, and the connection goes to what was found, so
 * that no second look-up can lead elsewhere.
 */
import { UsageError } from "../../lib/errors.ts";
import { networkFailure } from "../../lib/network-failure.ts";
import { isAddress, isPrivateAddress, isPrivateName } from "../../lib/private-address.ts";
import { shownAddress } from "./address.ts";
import { proxyFor } from "./proxy.ts";

export interface DialOptions {
  /** The configuration's `attachments.private_urls`. */
  privateUrls: boolean;
  env: Readonly<Record<string, string | undefined>>;
  /** The addresses of a name, the best first. Rejects with the system's error. */
  lookUp: (name: string) => Promise<readonly string[]>;
  fetch: (url: string, init: BunFetchRequestInit) => Promise<Response>;
  /** Told that a proxy does what we cannot check. */
  onProxy: (url: URL) => void;
}

/** Redirects are not followed, and bodies not unpacked. Throws UsageError, or the signal's reason. */
export async function dial(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: DialOptions,
  signal: AbortSignal,
): Promise<Response> {
  const init = {
    headers: { ...headers },
    redirect: "manual",
    decompress: false,
    keepalive: false,
    signal,
  } as const;
  const proxy = proxyFor(url, options.env);
  try {
    if (proxy !== undefined) {
      checkUnresolved(url, options.privateUrls);
      options.onProxy(url);
      return await options.fetch(withoutUser(url), { ...init, proxy: { url: proxy, respectNoProxy: false } });
    }
    return await fetchFirst(url, await addressesOf(url, options), init, options.fetch);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UsageError) throw error;
    const { words, advice } = networkFailure(error);
    throw new UsageError(`${shownAddress(url)}: cannot be fetched: ${words}`, advice ?? "check the address");
  }
}

/** The next address is tried where the one before was not reached. */
async function fetchFirst(
  url: URL,
  addresses: readonly string[],
  init: BunFetchRequestInit & { headers: Record<string, string> },
  fetchAt: DialOptions["fetch"],
): Promise<Response> {
  const name = hostOf(url);
  const named = isAddress(name)
    ? init
    : {
        ...init,
        headers: { ...init.headers, host: url.host },
        ...(url.protocol === "https:" && { tls: { serverName: name } }),
      };
  let failure: unknown;
  for (const address of addresses) {
    const target = new URL(withoutUser(url));
    target.hostname = address.includes(":") ? `[${address}]` : address;
    try {
      return await fetchAt(target.href, { ...named, proxy: false });
    } catch (error) {
      const { undelivered, certificate } = networkFailure(error);
      if (!undelivered || certificate) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** Those of its addresses that may be connected to. */
async function addressesOf(url: URL, { privateUrls, lookUp }: DialOptions): Promise<readonly string[]> {
  const host = hostOf(url);
  const all = isAddress(host) ? [host] : await lookUp(host);
  if (privateUrls) return all;
  const open = all.filter((address) => !isPrivateAddress(address));
  if (open.length === 0) throw refusal(url, all[0]);
  return open;
}

/** A proxy looks names up itself: only what is private by its looks can be refused here. */
function checkUnresolved(url: URL, privateUrls: boolean): void {
  const host = hostOf(url);
  const isPrivate = isAddress(host) ? isPrivateAddress(host) : isPrivateName(host);
  if (isPrivate && !privateUrls) throw refusal(url, undefined);
}

function refusal(url: URL, address: string | undefined): UsageError {
  const found = address === undefined || address === hostOf(url) ? "" : ` (${address})`;
  return new UsageError(
    `${shownAddress(url)}: is on this machine or a private network${found}: refused`,
    "[attachments] private_urls = true in the configuration allows it",
  );
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

/** Credentials travel in a header, if at all. */
function withoutUser(url: URL): string {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  plain.hash = "";
  return plain.href;
}
