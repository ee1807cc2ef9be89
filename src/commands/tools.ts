/** `mcpchat tools`: what the configured servers offer, as they say it now. */
import type { App } from "../app/app.ts";
import { awaitServers, openServers } from "../app/servers.ts";
import { describeError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { formatBytes } from "../lib/text-amount.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { CatalogueTool, McpHost } from "../mcp/client/port.ts";
import { type Cost, costsOf, totalOf } from "../mcp/client/tools/cost.ts";
import type { Command } from "./command.ts";
import { tellNoServers } from "./no-servers.ts";
import { COMMON_OPTIONS, TOOL_OPTIONS } from "./options.ts";
import { numberOption, parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { withApp } from "./with-app.ts";

const OPTIONS = {
  server: {
    ...TOOL_OPTIONS.server,
    description: "Only this server's tools; exits with 6 if it is not ready (repeatable)",
  },
  wait: { ...TOOL_OPTIONS.wait, description: "Longest wait for a server (10)" },
  cost: { type: "boolean", description: "What each server's tools add to every request" },
  json: { type: "boolean", description: "As JSON, with the schemas" },
  ...COMMON_OPTIONS,
} as const;

const DESCRIPTION_COLUMNS = 100;

export const toolsCommand: Command = {
  meta: { name: "tools", description: "List the tools of the MCP servers" },
  args: OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, OPTIONS, 0);
    const waitSeconds = numberOption("wait", values.wait);
    const only = values.server ?? [];
    const tools = await withApp(context, values, async (app, notify) => {
      const host = await openServers(app, { only, tells: true });
      if (!host) tellNoServers((await app.services.need("config")).current(), notify);
      if (host) await waitForAll(app, host, { only, waitSeconds }, notify);
      return host?.tools() ?? [];
    });
    if (values.cost) await printCosts(costsOf(tools), values);
    else if (values.json) await printJson(tools.map(toolJson));
    else await print(tools.map(toolLine).join(""));
    return 0;
  },
};

/** A list is asked for to know what is there now, so that lists of earlier runs do not do. */
async function waitForAll(
  app: App,
  host: McpHost,
  { only, waitSeconds }: { only: readonly string[]; waitSeconds: number | undefined },
  notify: Notify,
): Promise<void> {
  const configured = (await app.services.need("config")).current().mcp.waitMs;
  const waitMs = waitSeconds === undefined ? configured : waitSeconds * 1000;
  await awaitServers(host, { require: only, waitMs }, () => {}, app.signal);
  const waits = host.statuses().map(({ name }) =>
    host.ready(name, waitMs, app.signal).catch((error: unknown) => {
      app.signal.throwIfAborted();
      notify("warn", describeError(error));
    }),
  );
  await Promise.all(waits);
}

async function printCosts(costs: readonly Cost[], { json }: { json?: boolean }): Promise<void> {
  if (json) return printJson(costs);
  const lines = costs.map((cost) => `${singleLine(cost.server, DESCRIPTION_COLUMNS)}: ${amountOf(cost)}\n`);
  const all = lines.length > 1 ? [`all: ${amountOf(totalOf(costs))}\n`] : [];
  return print([...lines, ...all].join(""));
}

function amountOf({ tools, bytes, tokens }: Omit<Cost, "server">): string {
  const count = tools === 1 ? "1 tool" : `${tools} tools`;
  return `${count}, ${formatBytes(bytes)}, about ${tokens} tokens with every request`;
}

function toolLine({ server, name, description }: CatalogueTool): string {
  return `${singleLine(`${server}/${name}`, DESCRIPTION_COLUMNS)}  ${singleLine(description, DESCRIPTION_COLUMNS)}\n`;
}

function toolJson({
  server,
  name,
  qualifiedName,
  description,
  inputSchema,
  annotations,
}: CatalogueTool): object {
  return { server, name, qualified_name: qualifiedName, description, input_schema: inputSchema, annotations };
}
