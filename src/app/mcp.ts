/** The MCP servers as a service. What speaks with servers is a third of the program: it is loaded where there are some. */
import type { Configuration } from "../config/configuration.ts";
import { pathsFor } from "../config/paths.ts";
import type { Notify } from "../lib/notice.ts";
import { version } from "../lib/version.ts";
import type { Prepare } from "../mcp/client/requests/prepare.ts";
import type { Mcp } from "../mcp/client/tree.ts";
import type { Store } from "../session/port.ts";
import type { ChildSpec, Intensity, Listener } from "../supervisor/spec.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { loadedOnce } from "./loaded-once.ts";
import type { ServerLogs } from "./server-logs.ts";
import type { World } from "./world.ts";

export interface McpService {
  /** The branch of the tree. */
  spec: ChildSpec<Supervisor>;
  open(): Promise<Mcp>;
  /** Undefined before it was opened. */
  opened(): Mcp | undefined;
}

export interface McpServiceOptions {
  world: World;
  notify: Notify;
  watch: boolean;
  intensity: Intensity;
  listener: Listener;
  prepare: Prepare;
  logs: ServerLogs;
  /** What is in force at the moment. */
  configuration: () => Configuration;
  store: () => Store | undefined;
}

/** What a run that ends soon has no use for. */
const restartAdvice = (server: string) =>
  `to start it again: /servers restart ${server}, or mcpchat servers restart ${server}`;

/** Servers outlive the services that they are told of, which may be away for a moment. */
export function mcpService(options: McpServiceOptions): McpService {
  let mcp: Mcp | undefined;
  let opening: Promise<Mcp> | undefined;
  const create = async () => (mcp = await createServers(options));
  const open = () => (opening ??= create());
  return {
    spec: {
      id: "mcp",
      type: "supervisor",
      restart: "permanent",
      shutdown: "infinity",
      start: async (context) => (await open()).spec.start(context),
    },
    open,
    opened: () => mcp,
  };
}

async function createServers(options: McpServiceOptions): Promise<Mcp> {
  const [{ createMcp }, { keptOfServers }] = await Promise.all([
    import("../mcp/client/tree.ts"),
    import("./kept.ts"),
  ]);
  const { world, notify, watch, intensity, listener, prepare, logs, configuration, store } = options;
  return createMcp([], {
    notify,
    intensity,
    listener,
    prepare,
    onStderr: logs.stderr,
    ...(watch && { restartAdvice }),
    clientInfo: { name: "mcpchat", version },
    tracker: world.groups,
    authFor: loadedOnce(async () => {
      const { credentialsFor } = await import("./credentials.ts");
      return credentialsFor({ paths: pathsFor(world.env, process.platform), env: world.env });
    }),
    ...keptOfServers(store),
    maxCalls: () => configuration().mcp.maxCalls,
  });
}
