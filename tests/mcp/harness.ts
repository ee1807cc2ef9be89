/** The MCP branch under a root of its own, with a cache and notices that can be looked at. */

import type { ServerConfig } from "../../src/mcp/client/config.ts";
import type { ManagerOptions } from "../../src/mcp/client/manager-options.ts";
import type { CachedToolList, CatalogueTool } from "../../src/mcp/client/port.ts";
import { createMcp } from "../../src/mcp/client/tree.ts";
import { createGroupTracker } from "../../src/process/tracker.ts";
import type { SupervisionEvent } from "../../src/supervisor/spec.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";
import { Supervisor } from "../../src/supervisor/supervisor.ts";

export interface HarnessOptions extends Partial<ManagerOptions> {
  lists?: Map<string, CachedToolList>;
}

/** Starts the branch with these servers; ends with `await using`, which also checks that no group is left. */
export async function startMcp(servers: readonly ServerConfig[], options: HarnessOptions = {}) {
  const { lists = new Map<string, CachedToolList>(), ...changes } = options;
  const tracker = createGroupTracker();
  const notices: string[] = [];
  const events: SupervisionEvent[] = [];
  const mcp = createMcp(servers, {
    intensity: { maxRestarts: 5, maxSeconds: 60 },
    clientInfo: { name: "test", version: "1.0.0" },
    cache: { get: (key) => lists.get(key), put: (key, list) => void lists.set(key, list) },
    notify: (level, text) => notices.push(`${level}: ${text}`),
    listener: (event) => events.push(event),
    tracker,
    random: () => 0.1,
    ...changes,
  });
  const root = await startSupervisor("mcpchat", { children: [mcp.spec] });
  const signal = new AbortController().signal;
  const { host } = mcp;
  return {
    mcp,
    host,
    root,
    tracker,
    notices,
    events,
    lists,
    settle: (ms = 30_000, again = false) => host.settle({ ms, again }, signal),
    ready: (name: string) => host.ready(name, 30_000, signal),
    status: (name: string) => statusOf(host.statuses(), name),
    names: () => host.tools().map((tool) => tool.qualifiedName),
    call: (qualifiedName: string, args = {}) =>
      host.call(find(host.tools(), qualifiedName), args, { signal, timeoutMs: 30_000 }),
    /** The supervisor at this place below the root, such as `mcp`, `servers`, `good`. */
    supervisor: (...ids: string[]) => ids.reduce(child, root),
    async [Symbol.asyncDispose]() {
      await root.stop();
      if (tracker.live().length > 0) throw new Error(`groups are left: ${tracker.live().join(", ")}`);
    },
  };
}

function child(parent: Supervisor, id: string): Supervisor {
  const handle = parent.whichChildren().find((info) => info.id === id)?.handle;
  if (!(handle instanceof Supervisor)) throw new Error(`no supervisor ${id} in ${parent.path}`);
  return handle;
}

function find(tools: CatalogueTool[], qualifiedName: string): CatalogueTool {
  const tool = tools.find((candidate) => candidate.qualifiedName === qualifiedName);
  if (!tool) throw new Error(`no tool ${qualifiedName}`);
  return tool;
}

function statusOf<S extends { name: string }>(statuses: S[], name: string): S {
  const status = statuses.find((candidate) => candidate.name === name);
  if (!status) throw new Error(`no server ${name}`);
  return status;
}
