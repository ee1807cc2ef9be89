/** Starts servers for real, and finds out how far each comes. */
import type { App } from "../../app/app.ts";
import { openServers } from "../../app/servers.ts";
import { systemClock } from "../../lib/clock.ts";
import { describeError } from "../../lib/errors.ts";
import type { ServerStatus } from "../../mcp/client/port.ts";
import { noServers } from "../no-servers.ts";

/** Who waits longer is told what for. */
const SILENT_MS = 2000;
const METHODS = {
  resources: "resources/list",
  templates: "resources/templates/list",
  prompts: "prompts/list",
} as const;

/** What became of one server. */
export interface Finding {
  name: string;
  ok: boolean;
  ms: number;
  transport?: ServerStatus["transport"];
  pid?: number;
  protocol?: string;
  server?: { name: string; version: string };
  tools?: number;
  resources?: number;
  templates?: number;
  prompts?: number;
  set_aside?: readonly string[];
  error?: string;
}

/**
 * Tests these servers, or all that are enabled when none is named; tells once of each that takes its time. Throws
 * UsageError when there is none.
 */
export async function testAll(
  app: App,
  wanted: readonly string[],
  waitSeconds: number | undefined,
  tell: (line: string) => void,
): Promise<Finding[]> {
  const host = await openServers(app, { only: wanted, tells: true });
  const configuration = (await app.services.need("config")).current();
  if (!host) throw noServers(configuration);
  const { servers } = configuration.mcp;
  const enabled = servers.filter((server) => server.enabled).map(({ name }) => name);
  const names = wanted.length > 0 ? wanted : enabled;
  const statusOf = (name: string) => host.statuses().find((status) => status.name === name);
  return Promise.all(
    names.map(async (name): Promise<Finding> => {
      const configured = servers.find((server) => server.name === name);
      // The second attempt, which may speak the older era, has what the first one leaves of the time.
      const waitMs = waitSeconds === undefined ? (configured?.connectTimeoutMs ?? 0) : waitSeconds * 1000;
      const beQuiet = systemClock.setTimer(SILENT_MS, () => tell(`waiting for ${name} ...`));
      try {
        await host.ready(name, waitMs, app.signal);
        const status = statusOf(name);
        return { ...found(name, status), ok: true, ...(await offersOf(app, name, status, waitMs)) };
      } catch (error) {
        app.signal.throwIfAborted();
        const status = statusOf(name);
        return { ...found(name, status), error: status?.error ?? describeError(error) };
      } finally {
        beQuiet();
      }
    }),
  );
}

/** How many of each it offers. Throws what the server has against being asked. */
async function offersOf(app: App, name: string, status: ServerStatus | undefined, waitMs: number) {
  const { content } = await app.mcp.open();
  const count = async (kind: "resources" | "templates" | "prompts") => {
    const { items, problems } = await content.list(kind, {
      servers: [name],
      waitMs,
      signal: app.signal,
    });
    if (problems[0]) throw new Error(`${METHODS[kind]}: ${describeError(problems[0].error)}`);
    return items.length;
  };
  const [resources, templates, prompts] = await Promise.all([
    count("resources"),
    count("templates"),
    count("prompts"),
  ]);
  return { tools: status?.tools ?? 0, resources, templates, prompts };
}

function found(name: string, status: ServerStatus | undefined): Finding {
  return {
    name,
    ok: false,
    ms: Math.round(status?.ms ?? 0),
    ...(status && { transport: status.transport }),
    ...(status?.pid !== undefined && { pid: status.pid }),
    ...(status?.protocol !== undefined && { protocol: status.protocol }),
    ...(status?.implementation && { server: nameAndVersion(status.implementation) }),
    ...(status?.setAside && { set_aside: status.setAside }),
  };
}

function nameAndVersion({ name, version }: { name: string; version: string }) {
  return { name, version };
}
