/** The configured MCP servers, brought to the MCP branch of the tree and kept in step with the configuration. */
import type { Configuration, McpServerConfig } from "../config/configuration.ts";
import { ConfigurationError, describeError, ServerNotReadyError, UsageError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import type { Notify } from "../lib/notice.ts";
import type { ServerConfig } from "../mcp/client/config.ts";
import type { McpHost, ServerStatus } from "../mcp/client/port.ts";
import type { App } from "./app.ts";

/** Which servers a run wants. */
export interface Selection {
  /** `--server`; empty for all that are enabled. */
  only: readonly string[];
  /** `--require`: wanted whatever else is said. */
  require?: readonly string[];
  /** Whoever asks tells what becomes of each server: nobody else need. */
  tells?: boolean;
  /** Whether no server starts before `release`, or before one is waited for. */
  held?: boolean;
  /** The configuration as this run sees it; as it is when absent. */
  view?: (configuration: Configuration) => Configuration;
}

/**
 * Starts the MCP branch with the wanted servers and follows the configuration; undefined when no server is wanted.
 * Throws UsageError for a name that is not configured, ServerNotReadyError for a required server that cannot be used.
 */
export async function openServers(app: App, selection: Selection): Promise<McpHost | undefined> {
  const { only, require = [], view = (configuration) => configuration } = selection;
  const config = await app.services.need("config");
  checkNames(config.current(), [...only, ...require]);
  const wanted = selectServers(view(config.current()), selection);
  const missing = require.find((name) => !wanted.some((server) => server.name === name));
  if (missing !== undefined) throw new ServerNotReadyError(`the required server ${missing} cannot be used`);
  if (wanted.length === 0 && !app.watches) return undefined;
  await openCache(app);
  const mcp = await app.mcp.open();
  if (selection.held) mcp.hold();
  mcp.hush.once(require);
  if (selection.tells) mcp.hush.all();
  mcp.apply(wanted);
  config.onChange((changed) => mcp.apply(selectServers(view(changed), selection)));
  await app.services.need("mcp");
  return mcp.host;
}

/** Brings the servers in step with a view that sees something else than before. */
export async function refreshServers(app: App, selection: Selection): Promise<void> {
  const configuration = (await app.services.need("config")).current();
  app.mcp.opened()?.apply(selectServers(selection.view?.(configuration) ?? configuration, selection));
}

/** What is known of servers from earlier runs saves time; servers work without it. */
async function openCache(app: App): Promise<void> {
  try {
    await app.services.need("store");
  } catch (error) {
    app.notify("warn", `the tool lists of earlier runs cannot be used: ${describeError(error)}`);
  }
}

function selectServers(configuration: Configuration, { only, require = [] }: Selection): ServerConfig[] {
  const wanted = configuration.mcp.servers.filter(
    ({ name, enabled }) => require.includes(name) || (only.length === 0 ? enabled : only.includes(name)),
  );
  for (const { problem } of wanted) {
    if (problem !== undefined) throw new ConfigurationError(problem);
  }
  return wanted;
}

/** The server of this name, enabled or not. Throws UsageError when there is none, ConfigurationError when it is unusable. */
export function serverNamed(configuration: Configuration, name: string): McpServerConfig | undefined {
  checkNames(configuration, [name]);
  const server = configuration.mcp.servers.find((one) => one.name === name);
  if (server?.problem !== undefined) throw new ConfigurationError(server.problem);
  return server;
}

function checkNames(configuration: Configuration, only: readonly string[]): void {
  const known = configuration.mcp.servers.map(({ name }) => name);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const close = nearest(unknown, known);
  const listed = known.length === 0 ? "none is configured" : `configured are ${known.join(", ")}`;
  throw new UsageError(`there is no server ${unknown}`, close ? `did you mean ${close}?` : listed);
}

export interface Wait {
  /** Servers that a run cannot do without. */
  require: readonly string[];
  /** Milliseconds for servers without a known tool list. */
  waitMs: number;
  /** The command line said how long: servers that an earlier run has waited for in vain are given that time as well. */
  again?: boolean;
  /** `--server`: these are waited for in any case. */
  named?: readonly string[];
}

/**
 * Waits for what the first request needs to know, and names who is not there. Throws ServerNotReadyError when a
 * required server is not ready in time.
 */
export async function awaitServers(
  host: McpHost,
  wait: Wait,
  notify: Notify,
  signal: AbortSignal,
): Promise<void> {
  const { require, waitMs, again = false, named = [] } = wait;
  const required = require.map((name) => host.ready(name, waitMs, signal));
  await Promise.all([...required, host.settle({ ms: waitMs, again, named }, signal)]);
  for (const status of host.statuses()) {
    const line = stragglerLine(status);
    if (line !== undefined) notify("warn", line);
  }
}

/** What the user has to know of a server that offers nothing; undefined for one that does, or was told already. */
function stragglerLine(status: ServerStatus): string | undefined {
  const { name, state, tools, cached, setAside = [], ms, error, transport, problemLastTime } = status;
  const isOver = state === "ready" || state === "failed" || state === "stopped";
  if (tools > 0 || isOver) return undefined;
  if (setAside.length > 0)
    return `server ${name}: its tools are set aside; mcpchat servers trust ${name} shows why`;
  // It is known to have none.
  if (cached) return undefined;
  if (state === "restarting") return `server ${name} does not start: ${error}; its tools are left out`;
  if (problemLastTime === undefined) {
    return `server ${name} is not ready after ${(ms / 1000).toFixed(1)} s; its tools are left out`;
  }
  // What is remembered is that of the command or the address, which may have had another name.
  const what = transport === "stdio" ? "command" : "address";
  return (
    `server ${name} is not waited for, as its ${what} did not work last time (${problemLastTime}); ` +
    `its tools are left out; --require ${name} waits for it`
  );
}
