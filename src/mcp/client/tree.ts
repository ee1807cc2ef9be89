/**
 * MCP as a branch of the supervision tree: the manager, then the servers, rest_for_one, so that a new manager never
 * meets servers that it does not know.
 */
import { systemClock } from "../../lib/clock.ts";
import { Slot } from "../../lib/slot.ts";
import type { ChildSpec } from "../../supervisor/spec.ts";
import { startSupervisor, supervisorSpec } from "../../supervisor/start.ts";
import type { Supervisor } from "../../supervisor/supervisor.ts";
import type { ServerConfig } from "./config.ts";
import { createContent } from "./content/content.ts";
import type { McpContent } from "./content/port.ts";
import { createHost } from "./host.ts";
import { Hush } from "./hush.ts";
import { ServerManager } from "./manager.ts";
import type { ManagerOptions } from "./manager-options.ts";
import type { McpHost } from "./port.ts";

export interface Mcp {
  /** The branch, to be started under the root. */
  spec: ChildSpec<Supervisor>;
  /** Can be called at any time; waits for the branch where it has to. */
  host: McpHost;
  /** What servers offer beside tools, likewise. */
  content: McpContent;
  /** Whose failure somebody else tells. */
  hush: Hush;
  /** Makes the servers these; the wish outlives the manager. Servers that did not change go on. */
  apply(servers: readonly ServerConfig[]): void;
  /** Lets no server start before `release`, or before one is waited for. */
  hold(): void;
  release(): void;
}

/** In-process work that only has to let go of its callers. */
const MANAGER_SHUTDOWN_MS = 1000;

/** Describes the branch; nothing runs before its specification is started. */
export function createMcp(servers: readonly ServerConfig[], options: ManagerOptions): Mcp {
  const { clock = systemClock, random, listener, intensity } = options;
  const shared = { clock, intensity, ...(random && { random }), ...(listener && { listener }) };
  const slot = new Slot<ServerManager>(clock);
  const hush = new Hush();
  let desired = servers;
  let held = false;

  const manager: ChildSpec<ServerManager> = {
    id: "manager",
    restart: "permanent",
    type: "worker",
    shutdown: MANAGER_SHUTDOWN_MS,
    async start() {
      const running = new ServerManager(
        desired,
        { ...options, isHushed: (server) => hush.has(server) },
        held,
      );
      slot.put(running);
      return running;
    },
  };
  const dynamic: ChildSpec<Supervisor> = {
    id: "servers",
    restart: "permanent",
    type: "supervisor",
    shutdown: "infinity",
    async start({ path, signal }) {
      const running = await startSupervisor(path, { ...shared, dynamic: {} }, signal);
      slot.current?.attach(running);
      return running;
    },
  };
  return {
    spec: supervisorSpec("mcp", { ...shared, strategy: "rest_for_one", children: [manager, dynamic] }),
    host: createHost(slot, { clock, notify: options.notify, maxCalls: options.maxCalls, hush }),
    hush,
    content: createContent(slot, clock),
    apply(configs) {
      desired = configs;
      slot.current?.apply(configs);
    },
    hold() {
      held = true;
    },
    release() {
      held = false;
      slot.current?.release();
    },
  };
}
