/** Addresses that can be attached. Pure. */
import { UsageError } from "../../lib/errors.ts";
import { shownName } from "../name.ts";

/** Whether a name is the address of something on the web, and no file. */
export function isWebAddress(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

/** Throws UsageError for what is no address, or none that is fetched. */
export function parseAddress(text: string): URL {
  const url = URL.parse(text);
  if (!url) throw new UsageError(`${shownName(withoutCredentials(text))}: is no address`, ADVICE);
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new UsageError(`${shownAddress(url)}: only http and https are fetched`, ADVICE);
}

const ADVICE = "give one that begins with http:// or https://";

/** The address as it may be shown and sent: without credentials, and cut to a length. */
export function shownAddress(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  shown.hash = "";
  return shownName(shown.href);
}

/** What was typed as an address, without what looks like credentials in it. */
export function withoutCredentials(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/*)[^/?#]*@/i, "$1");
}

/** The end of the path; the host where there is none. */
export function titleOf({ pathname, hostname }: URL): string {
  const last = pathname.split("/").findLast((part) => part !== "");
  return last === undefined ? hostname : decoded(last);
}

/** What credentials in an address stand for in a request. */
export function authorizationOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
