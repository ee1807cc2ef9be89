/** What the commands about servers share: options, and how a server is shown. */
import type { World } from "../../app/world.ts";
import { errorObject } from "../../chat/report/summary.ts";
import type { McpServerConfig } from "../../config/configuration.ts";
import type { RawServer } from "../../config/schema.ts";
import { UsageError, UserError } from "../../lib/errors.ts";
import { printJson } from "../print.ts";
import { ask, runningChats } from "../running.ts";
import { publicArguments } from "./public-command.ts";

export const JSON_OPTION = { type: "boolean", description: "As JSON" } as const;
export const PID_OPTION = {
  type: "string",
  valueHint: "PID",
  description: "Of this chat; of the one started last if absent",
} as const;

/** Arguments, queries and user parts of addresses are where people put tokens, and variables are expanded by now. */
export function publicPart(server: McpServerConfig): string {
  if (server.transport === "stdio") return server.command;
  if (!URL.canParse(server.url)) return server.transport;
  const { origin, pathname } = new URL(server.url);
  return `${origin}${pathname}`;
}

/**
 * A server as it is written somewhere, for whoever looks on: without the values of variables and headers, what
 * looks secret among its arguments, and the user part and the query of its address.
 */
export function withoutSecrets(server: RawServer): RawServer {
  const { args, env, headers, url } = server;
  return {
    ...server,
    ...(args && { args: publicArguments(args) }),
    ...(env && { env: masked(env) }),
    ...(headers && { headers: masked(headers) }),
    ...(url !== undefined && { url: publicAddress(url) }),
  };
}

const MASK = "...";

function masked(table: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, MASK]));
}

/** Its variables are not expanded, so that it need not be a URL yet. */
function publicAddress(url: string): string {
  const [, scheme = "", authority = "", path = "", rest = ""] =
    /^([a-z]+:\/\/)?([^/?#]*)([^?#]*)(.*)$/is.exec(url) ?? [];
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return `${scheme}${host}${path}${rest === "" ? "" : `?${MASK}`}`;
}

/** What `work` returns. Whoever reads JSON reads it of a failure too. */
export async function tellingJson<T>(values: { json?: boolean }, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (values.json && error instanceof UserError) await printJson({ error: errorObject(error) });
    throw error;
  }
}

/** The server that is meant. Throws UsageError when none is named. */
export function serverWord(
  values: { json?: boolean },
  [name]: readonly string[],
  usage: string,
): Promise<string> {
  return tellingJson(values, () => {
    if (name === undefined) throw new UsageError("which server?", usage);
    return name;
  });
}

/** A chat answers at once, or goes without. */
const TELL_MS = 2000;

/**
 * Has running chats take up what was decided about a server now, and not only when they next come across it. Returns
 * how many have done so: one that does not answer, or has other servers, goes without.
 */
export async function tellChats(
  world: World,
  server: string,
  work: "reconsider" | "restart",
): Promise<number> {
  const path = `/servers/${encodeURIComponent(server)}/${work}`;
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(TELL_MS)]);
  const told = runningChats(world).map((chat) => ask(chat, path, { method: "POST", signal }));
  const results = await Promise.allSettled(told);
  return results.filter(({ status }) => status === "fulfilled").length;
}
