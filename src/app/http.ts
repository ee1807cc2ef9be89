/** The pools of connections: one Bun.FetchSession per origin, each a child that may be killed and comes back. */
import { SupervisorError } from "../supervisor/errors.ts";
import type { ChildSpec, Exit, Intensity, Listener } from "../supervisor/spec.ts";
import { supervisorSpec } from "../supervisor/start.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";

export function httpSpec(intensity: Intensity, listener: Listener): ChildSpec<Supervisor> {
  return supervisorSpec("http", { dynamic: {}, intensity, listener });
}

/** A `fetch` that goes through the pool of its origin, whichever incarnation of it is alive. */
export function pooledFetch(http: () => Promise<Supervisor>, origin: string): typeof fetch {
  const pooled = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    const session = await poolOf(await http(), origin);
    return session.fetch(input, init);
  };
  return pooled as typeof fetch; // Without `preconnect`, which nobody calls.
}

async function poolOf(http: Supervisor, origin: string): Promise<Bun.FetchSession> {
  const running = http.whichChildren().find(({ id }) => id === origin)?.handle;
  if (running instanceof Bun.FetchSession) return running;
  try {
    return (await http.startChild(poolSpec(origin))) ?? new Bun.FetchSession();
  } catch (error) {
    const lostRace = error instanceof SupervisorError && error.code === "already_started";
    if (lostRace) return poolOf(http, origin);
    throw error;
  }
}

function poolSpec(origin: string): ChildSpec<Bun.FetchSession> {
  return {
    id: origin,
    restart: "permanent",
    shutdown: 1000,
    type: "worker",
    start: async () => {
      const session = new Bun.FetchSession();
      const exit = Promise.withResolvers<Exit>();
      const close = (how: Exit) => {
        session.close();
        exit.resolve(how);
      };
      return {
        handle: session,
        exited: exit.promise,
        stop: () => close({ kind: "shutdown" }),
        kill: () => close({ kind: "killed" }),
      };
    },
  };
}
