/** `mcpchat servers list`: the MCP servers of a running chat, or those of the configuration. */
import type { World } from "../../app/world.ts";
import type { Configuration } from "../../config/configuration.ts";
import { keyPath } from "../../config/problem.ts";
import { singleLine } from "../../lib/text-layout.ts";
import type { ServerStatus } from "../../mcp/client/port.ts";
import { type Command, type CommandContext, worldOf } from "../command.ts";
import { tellNoServers } from "../no-servers.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { integerOption, parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { ask, chosenChat, firstAnswering, type Reachable, runningChats } from "../running.ts";
import { withApp } from "../with-app.ts";
import { publicCommand } from "./public-command.ts";
import { JSON_OPTION, PID_OPTION, publicPart, tellingJson } from "./shared.ts";

const OPTIONS = { pid: PID_OPTION, json: JSON_OPTION, ...COMMON_OPTIONS } as const;
const LINE_COLUMNS = 300;
const SHORTEST_REACH = 20;

/** A server of a running chat, with the file that it comes from. */
type ListedStatus = ServerStatus & { source?: string };

export const listCommand: Command = {
  meta: {
    name: "list",
    description: "List the servers of a running chat, or else those that are configured",
  },
  args: OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, OPTIONS, 0);
    const pid = integerOption("pid", values.pid, 1);
    const world = worldOf(context);
    const statuses = await tellingJson(values, async () => {
      const first = pid === undefined && (await firstAnswering(runningChats(world), world.signal));
      const chat = pid === undefined ? first : await chosenChat(world, pid);
      return chat ? statusesOf(chat) : undefined;
    });
    if (!statuses) return listConfigured(context, values);
    if (values.json) await printJson(statuses);
    else await print(statuses.map(statusLine).join(""));
    return 0;
  },
};

async function statusesOf(chat: Reachable): Promise<ListedStatus[]> {
  const response = await ask(chat, "/servers");
  return (await response.json()) as ListedStatus[]; // Our own process made it, on the other end of the socket.
}

/** One line a server, safe for a terminal. */
export function statusLine(status: ListedStatus): string {
  const { name, state, pid, tools, cached, error, protocol, setAside = [] } = status;
  return line(name, [
    state,
    pid === undefined ? "" : `pid ${pid}`,
    `${tools === 1 ? "1 tool" : `${tools} tools`}${cached ? " (of an earlier run)" : ""}`,
    setAside.length === 0 ? "" : `set aside, as changed: ${setAside.join(" ")}`,
    error ?? "",
    protocol === undefined ? status.transport : `${status.transport} ${protocol}`,
    status.trusted ? "trusted" : "",
    status.source === undefined ? "" : `from ${status.source}`,
  ]);
}

async function listConfigured(
  context: CommandContext,
  values: { json?: boolean; config?: string },
): Promise<number> {
  const servers = await withApp(context, values, async (app, notify) => {
    const configuration = (await app.services.need("config")).current();
    if (configuration.mcp.servers.length === 0) tellNoServers(configuration, notify);
    return configured(configuration, worldOf(context).env);
  });
  if (values.json) await printJson(servers.map(({ reach: _reach, ...server }) => server));
  else await print(servers.map(configuredLine).join(""));
  return 0;
}

type Configured = ReturnType<typeof configured>[number];

function configured({ mcp, sources }: Configuration, env: World["env"]) {
  return mcp.servers.map((server) => ({
    name: server.name,
    enabled: server.enabled,
    transport: server.transport,
    trusted: server.trusted,
    source: sources[keyPath(["mcp", "servers", server.name])],
    reach:
      server.transport === "stdio" ? publicCommand(server.command, server.args, env) : publicPart(server),
  }));
}

function configuredLine({ name, enabled, transport, trusted, source, reach }: Configured): string {
  const state = enabled ? "enabled" : "disabled";
  const more = [transport, trusted ? "trusted" : "", source === undefined ? "" : `from ${source}`];
  // Of a line that is too long for the terminal, the command is what can be cut.
  const room = (process.stdout.columns ?? LINE_COLUMNS) - line(name, [state, ...more]).length - 1;
  return line(name, [state, singleLine(reach, Math.max(room, SHORTEST_REACH)), ...more]);
}

function line(name: string, parts: readonly string[]): string {
  return `${singleLine(`${name}: ${parts.filter((part) => part !== "").join(", ")}`, LINE_COLUMNS)}\n`;
}
