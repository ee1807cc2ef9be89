/** Which proxy the environment wants for an address, by the rules of Bun's `fetch`. Pure. */
import { isAddress, isWithin } from "../../lib/private-address.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The address of the proxy; undefined for a direct connection. */
export function proxyFor(url: URL, env: Environment): string | undefined {
  const own = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  const proxy = variable(env, own) ?? variable(env, "all_proxy");
  if (proxy === undefined) return undefined;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  // Another kind of proxy, such as SOCKS, is none for `fetch`.
  if (!/^https?:/i.test(address)) return undefined;
  return bypasses(url, variable(env, "no_proxy") ?? "") ? undefined : address;
}

/** Lower case first; what is empty counts as not set. */
function variable(env: Environment, name: string): string | undefined {
  return env[name] || env[name.toUpperCase()] || undefined;
}

function bypasses(url: URL, list: string): boolean {
  const host = bare(url.hostname);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && covers(entry, host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isAddress(host) && isWithin(host, entry);
  const [, name = entry, onPort] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (onPort !== undefined && onPort !== port) return false;
  const wanted = bare(name).replace(/^\*?\./, "");
  return host === wanted || (!isAddress(host) && host.endsWith(`.${wanted}`));
}

/** A host without brackets and without the dot at its end. */
function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}
