/** What the commands of resources and prompts share. */
import { openServers } from "../../app/servers.ts";
import { describeError, UsageError } from "../../lib/errors.ts";
import type { Notify } from "../../lib/notice.ts";
import { singleLine } from "../../lib/text-layout.ts";
import type { ContentLimits, Listed, McpContent, Offers } from "../../mcp/client/content/port.ts";
import type { CommandContext } from "../command.ts";
import { tellNoServers } from "../no-servers.ts";
import { COMMON_OPTIONS, TOOL_OPTIONS } from "../options.ts";
import { numberOption } from "../parse.ts";
import { withinSeconds } from "../time-limit.ts";
import { withApp } from "../with-app.ts";

export const CONTENT_OPTIONS = {
  wait: { ...TOOL_OPTIONS.wait, description: "Longest wait for a server (10)" },
  timeout: { type: "string", valueHint: "SECONDS", description: "Longest time for everything" },
  json: { type: "boolean", description: "As JSON, just as the server wrote it" },
  ...COMMON_OPTIONS,
} as const;

export const LIST_OPTIONS = {
  server: {
    ...TOOL_OPTIONS.server,
    description: "Only what this server has; exits with 6 if it is not ready (repeatable)",
  },
  ...CONTENT_OPTIONS,
} as const;

interface Values {
  wait?: string;
  timeout?: string;
  json?: boolean;
  config?: string;
  quiet?: boolean;
  verbose?: boolean;
}

interface Surroundings {
  notify: Notify;
}

/** Columns of a list; addresses get more, as they are copied. */
export const LINE_COLUMNS = 100;
export const ADDRESS_COLUMNS = 400;

/**
 * Runs the work with these servers, or all that are enabled, under the limits of the command line. Undefined when there
 * is no server at all.
 */
export function withContent<T>(
  context: CommandContext,
  values: Values,
  servers: readonly string[],
  work: (content: McpContent, limits: ContentLimits, around: Surroundings) => Promise<T>,
): Promise<T | undefined> {
  const waitSeconds = numberOption("wait", values.wait);
  const seconds = numberOption("timeout", values.timeout);
  return withApp(context, values, async (app, notify) => {
    const host = await openServers(app, { only: servers, tells: true });
    const configuration = (await app.services.need("config")).current();
    if (!host) {
      tellNoServers(configuration, notify);
      return undefined;
    }
    const waitMs = waitSeconds === undefined ? configuration.mcp.waitMs : waitSeconds * 1000;
    const what = servers.length === 0 ? "it" : `server ${servers.join(" and ")}`;
    const { content } = await app.mcp.open();
    return withinSeconds(seconds, what, app.signal, (signal) =>
      work(content, { waitMs, signal }, { notify }),
    );
  });
}

/** The same for one server, which the configuration names. */
export async function withServer<T>(
  context: CommandContext,
  values: Values,
  server: string,
  work: (content: McpContent, limits: ContentLimits, around: Surroundings) => Promise<T>,
): Promise<T> {
  const done = await withContent(context, values, [server], async (...given) => ({
    value: await work(...given),
  }));
  if (!done) throw new UsageError(`server ${server} cannot be used`);
  return done.value;
}

/** Lists what servers offer; those that cannot be asked are told of, and end the command if they were asked for by name. */
export async function listAll<K extends keyof Offers>(
  context: CommandContext,
  values: Values & { server?: string[] },
  kind: K,
): Promise<Listed<Offers[K]>[]> {
  const servers = values.server ?? [];
  const items = await withContent(context, values, servers, async (content, limits, { notify }) => {
    const asked = servers.length > 0 ? { ...limits, servers } : limits;
    const listing = await content.list(kind, asked);
    for (const { error } of listing.problems) {
      if (servers.length > 0) throw error;
      notify("warn", describeError(error));
    }
    return listing.items;
  });
  return items ?? [];
}

/** Something listed as JSON, the server's name first. */
export function listedJson<T extends object>({ server, ...rest }: Listed<T>): object {
  return { server, ...rest };
}

interface Titled {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
}

/** What something is called, and what it is, as far as a line has room. */
export function titleOf({ name, title = name, description }: Titled): string {
  return singleLine(description === undefined ? title : `${title}: ${description}`, LINE_COLUMNS);
}
