/** Which proxy the runtime sends a request through, for messages: what cannot be reached may be the proxy. Pure. */
import { isThisMachine } from "../lib/loopback.ts";
import type { Environment } from "./settings.ts";

/** Host and port of the proxy for an origin, without its credentials; undefined where the request goes straight. */
export function proxyFor(origin: string, env: Environment): string | undefined {
  const { hostname, host, protocol } = new URL(origin);
  if (isThisMachine(hostname) || isExcepted(hostname, host, env)) return undefined;
  const own = protocol === "https:" ? env.https_proxy || env.HTTPS_PROXY : env.http_proxy || env.HTTP_PROXY;
  const named = own || env.all_proxy || env.ALL_PROXY;
  return named ? hostOf(named) : undefined;
}

/** Names with or without a dot in front stand for all that end in them. */
function isExcepted(hostname: string, host: string, env: Environment): boolean {
  const names = (env.no_proxy || env.NO_PROXY || "").split(",").map((name) => name.trim().toLowerCase());
  return names.some((name) => {
    if (name === "") return false;
    const bare = name.replace(/^\*?\./, "");
    return name === "*" || [hostname, host].some((own) => own === bare || own.endsWith(`.${bare}`));
  });
}

/** What is no address the runtime takes as the name of a host. */
function hostOf(named: string): string {
  const source = named.includes("://") ? named : `http://${named}`;
  return (URL.canParse(source) && new URL(source).host) || "that the environment names";
}
