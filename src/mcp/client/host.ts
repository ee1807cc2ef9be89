/** The way into MCP for the rest of mcpchat; outlives the manager, whose successor takes over what waits. */
import type { Clock } from "../../lib/clock.ts";
import { ServerNotReadyError } from "../../lib/errors.ts";
import type { Notify } from "../../lib/notice.ts";
import { ServiceGone, type Slot } from "../../lib/slot.ts";
import { Flight } from "./calls/flight.ts";
import { callWithReplay, setAsideLine } from "./calls/replay.ts";
import type { Hush } from "./hush.ts";
import type { ServerManager } from "./manager.ts";
import type { McpHost, Wait } from "./port.ts";
import { createReach } from "./reach.ts";
import { tellLate, waitingNews } from "./waiting.ts";

/** Where nobody says otherwise. */
const MAX_CALLS = 32;

export interface HostOptions {
  clock: Clock;
  /** Tells who is waited for. */
  notify: Notify;
  /** How many calls of all servers together may be in flight. */
  maxCalls?: (() => number) | undefined;
  hush: Hush;
}

export function createHost(slot: Slot<ServerManager>, options: HostOptions): McpHost {
  const { clock, notify, maxCalls = () => MAX_CALLS, hush } = options;
  const flight = new Flight(maxCalls, clock);
  const reach = createReach(slot, clock, waitingNews(notify, clock));
  return {
    settle: (wait, signal) => settle({ slot, clock, notify }, wait, signal),
    tools: () => [...(slot.current?.catalogue().tools ?? [])],
    statuses: () => slot.current?.servers().map((server) => server.status()) ?? [],
    async ready(server, waitMs, signal) {
      const reached = await reach(server, { waitMs, signal }).finally(() => hush.heard(server));
      if ("refusal" in reached) throw new ServerNotReadyError(reached.refusal);
    },
    call: (tool, args, options) => callWithReplay({ reach, flight, clock }, tool, args, options),
    async restart(server) {
      const known = await slot.use((manager) => manager.restart(server), new AbortController().signal);
      if (!known) throw new ServerNotReadyError(`there is no server ${server}`);
    },
    changes: (server) => slot.current?.get(server)?.changes() ?? [],
    objection(qualifiedName) {
      const tool = slot.current?.catalogue().setAside.get(qualifiedName);
      return tool && setAsideLine(tool);
    },
    trust: (server, tools) => slot.current?.get(server)?.trust(tools) ?? [],
    reconsider(server) {
      const known = slot.current?.get(server);
      known?.reconsider();
      return known !== undefined;
    },
  };
}

interface Settling {
  slot: Slot<ServerManager>;
  clock: Clock;
  notify: Notify;
}

async function settle({ slot, clock, notify }: Settling, wait: Wait, signal: AbortSignal): Promise<void> {
  const began = clock.now();
  try {
    await slot.use(async (manager) => {
      for (const server of manager.servers()) server.want();
      const starting = () => manager.servers().filter((server) => !server.isSettled);
      const lasting = (ms: number) => starting().filter((server) => server.patience(wait) >= ms);
      if (lasting(1).length > 0) manager.release();
      // Each is waited for as long as it is worth.
      const until = (ms: number) =>
        manager.until(() => lasting(ms).length === 0 || undefined, began + ms - clock.now(), signal);
      const limits = new Set(starting().map((server) => server.patience(wait)));
      const endWait = tellLate(notify, clock, () => lasting(1).map(({ config }) => config.name));
      await Promise.all([...limits].map(until)).finally(endWait);
      for (const server of lasting(Math.max(wait.ms, 1))) server.giveUpWaiting(wait.ms);
    }, signal);
  } catch (error) {
    // Without servers there is nothing to wait for.
    if (!(error instanceof ServiceGone)) throw error;
  }
}
