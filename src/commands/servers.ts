/** `mcpchat servers list|restart`: the MCP servers of a running chat, or those of the configuration. */
import type { McpServerConfig } from "../config/configuration.ts";
import { UsageError } from "../lib/errors.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { ServerStatus } from "../mcp/client/port.ts";
import { type Command, type CommandContext, worldOf } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { integerOption, parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { ask, chosenChat, firstAnswering, type Reachable, runningChats } from "./running.ts";
import { withApp } from "./with-app.ts";

const PID = {
  type: "string",
  valueHint: "PID",
  description: "Of this chat; of the one started last if absent",
} as const;
const LIST_OPTIONS = {
  pid: PID,
  json: { type: "boolean", description: "As JSON" },
  ...COMMON_OPTIONS,
} as const;
const RESTART_OPTIONS = { pid: PID, ...COMMON_OPTIONS } as const;
const LINE_COLUMNS = 160;

export const serversCommand: Command = {
  meta: { name: "servers", description: "List and restart MCP servers" },
  args: COMMON_OPTIONS,
  subCommands: new Map([
    ["list", async () => listCommand],
    ["restart", async () => restartCommand],
  ]),
};

const listCommand: Command = {
  meta: {
    name: "list",
    description: "List the servers of a running chat, or else those that are configured",
  },
  args: LIST_OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, LIST_OPTIONS, 0);
    const pid = integerOption("pid", values.pid, 1);
    const world = worldOf(context);
    const chat =
      pid === undefined
        ? await firstAnswering(runningChats(world), world.signal)
        : await chosenChat(world, pid);
    if (!chat) return listConfigured(context, values);
    const statuses = await statusesOf(chat);
    if (values.json) await printJson(statuses);
    else await print(statuses.map(statusLine).join(""));
    return 0;
  },
};

const restartCommand: Command = {
  meta: { name: "restart", description: "Start a server of a running chat again, a failed one too" },
  args: { ...RESTART_OPTIONS, server: { type: "positional", required: false, description: "Its name" } },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, RESTART_OPTIONS, 1);
    const [name] = positionals;
    if (name === undefined) throw new UsageError("which server?", "mcpchat servers restart NAME");
    const chat = await chosenChat(worldOf(context), integerOption("pid", values.pid, 1));
    await ask(chat, `/servers/${encodeURIComponent(name)}/restart`, { method: "POST" });
    return 0;
  },
};

async function statusesOf(chat: Reachable): Promise<ServerStatus[]> {
  const response = await ask(chat, "/servers");
  return (await response.json()) as ServerStatus[]; // Our own process made it, on the other end of the socket.
}

function statusLine({ name, state, pid, tools, error }: ServerStatus): string {
  const parts = [
    state,
    pid === undefined ? "" : `pid ${pid}`,
    tools === 1 ? "1 tool" : `${tools} tools`,
    error ?? "",
  ];
  return `${singleLine(`${name}: ${parts.filter((part) => part !== "").join(", ")}`, LINE_COLUMNS)}\n`;
}

async function listConfigured(
  context: CommandContext,
  values: { json?: boolean; config?: string },
): Promise<number> {
  const servers = await withApp(context, values, async (app) => {
    const config = await app.services.need("config");
    return config.current().mcp.servers;
  });
  if (values.json)
    await printJson(servers.map(({ name, enabled, transport }) => ({ name, enabled, transport })));
  else await print(servers.map(configuredLine).join(""));
  return 0;
}

function configuredLine(server: McpServerConfig): string {
  const state = server.enabled ? "enabled" : "disabled";
  return `${singleLine(`${server.name}: ${state}, ${publicPart(server)}`, LINE_COLUMNS)}\n`;
}

/** Arguments, queries and user parts of addresses are where people put tokens, and variables are expanded by now. */
export function publicPart(server: McpServerConfig): string {
  if (server.transport === "stdio") return server.command;
  if (!URL.canParse(server.url)) return server.transport;
  const { origin, pathname } = new URL(server.url);
  return `${origin}${pathname}`;
}
