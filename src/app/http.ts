/** The pools of connections: one for each origin, a child that may be killed and comes back. */
import { SupervisorError } from "../supervisor/errors.ts";
import type { ChildSpec, Exit, Intensity, Listener } from "../supervisor/spec.ts";
import { supervisorSpec } from "../supervisor/start.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { Pool } from "./pool.ts";

export function httpSpec(intensity: Intensity, listener: Listener): ChildSpec<Supervisor> {
  return supervisorSpec("http", { dynamic: {}, intensity, listener });
}

/** A `fetch` that goes through the pool of its origin, whichever incarnation of it is alive. */
export function pooledFetch(http: () => Promise<Supervisor>, origin: string): typeof fetch {
  const pooled = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    const pool = await poolOf(await http(), origin);
    return pool.fetch(input, init);
  };
  return pooled as typeof fetch; // Without `preconnect`, which nobody calls.
}

async function poolOf(http: Supervisor, origin: string): Promise<Pool> {
  const running = http.whichChildren().find(({ id }) => id === origin)?.handle;
  if (running instanceof Pool) return running;
  try {
    return (await http.startChild(poolSpec(origin))) ?? new Pool(origin);
  } catch (error) {
    const lostRace = error instanceof SupervisorError && error.code === "already_started";
    if (lostRace) return poolOf(http, origin);
    throw error;
  }
}

function poolSpec(origin: string): ChildSpec<Pool> {
  return {
    id: origin,
    restart: "permanent",
    shutdown: 1000,
    type: "worker",
    start: async () => {
      const pool = new Pool(origin);
      const exit = Promise.withResolvers<Exit>();
      const close = (how: Exit) => {
        pool.close();
        exit.resolve(how);
      };
      return {
        handle: pool,
        exited: exit.promise,
        stop: () => close({ kind: "shutdown" }),
        kill: () => close({ kind: "killed" }),
      };
    },
  };
}
