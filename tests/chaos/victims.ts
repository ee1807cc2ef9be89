/** Everything in a running mcpchat that can be hurt, and how. */
import type { App } from "../../src/app/app.ts";
import type { ServerStatus } from "../../src/mcp/client/port.ts";
import { Supervisor } from "../../src/supervisor/supervisor.ts";

/** A deed that supervision has to mend, or one that it has to bear. */
export type Deed =
  | { do: "kill_child"; supervisor: string; id: string; weight: number }
  | { do: "kill_process"; server: string; weight: number }
  | { do: "signal"; name: string; signal: NodeJS.Signals; breaks: boolean; server: string; weight: number }
  | { do: "stop"; server: string; weight: number };

export const ROOT = "mcpchat";
export const SERVERS = `${ROOT}/mcp/servers`;

const SERVICES = ["config", "store", "session", "alias", "http", "control", "chat"] as const;
const BRANCH = ["manager", "servers"] as const;

export interface ServerVictim {
  name: string;
  /** Slow to start, and so hurt less often. */
  heavy?: boolean;
  /** Knows the signals of the mode `provoked`. */
  provokable?: boolean;
}

/** What can be done, with how often it is done. The origin is that of the model server. */
export function deedsFor(servers: readonly ServerVictim[], origin: string): Deed[] {
  const child = (supervisor: string, id: string, weight: number): Deed => ({
    do: "kill_child",
    supervisor,
    id,
    weight,
  });
  return [
    ...SERVICES.map((id) => child(ROOT, id, id === "chat" || id === "session" || id === "store" ? 3 : 1.5)),
    child(ROOT, "mcp", 0.5),
    ...BRANCH.map((id) => child(`${ROOT}/mcp`, id, 0.5)),
    child(`${ROOT}/http`, origin, 2),
    ...servers.flatMap((server) => deedsAgainst(server)),
  ];
}

function deedsAgainst({ name: server, heavy = false, provokable = false }: ServerVictim): Deed[] {
  const share = heavy ? 0.4 : 1;
  const own = `${SERVERS}/${server}`;
  const signal = (name: string, signal: NodeJS.Signals, breaks: boolean): Deed => ({
    do: "signal",
    name,
    signal,
    breaks,
    server,
    weight: 0.7,
  });
  return [
    { do: "kill_process", server, weight: 4 * share },
    { do: "stop", server, weight: 2 * share },
    { do: "kill_child", supervisor: own, id: "process", weight: share },
    { do: "kill_child", supervisor: own, id: "connection", weight: share },
    { do: "kill_child", supervisor: SERVERS, id: server, weight: share },
    ...(provokable
      ? [
          signal("flood of stderr", "SIGUSR2", false),
          signal("stdout closed", "SIGHUP", true),
          signal("stdin closed", "SIGWINCH", true),
        ]
      : []),
  ];
}

/** The supervisor at this place, if it runs. */
export function supervisorAt(app: App, path: string): Supervisor | undefined {
  const [, ...ids] = path.split("/");
  let current: Supervisor = app.root;
  for (const id of ids) {
    const handle = childOf(current, id)?.handle;
    if (!(handle instanceof Supervisor)) return undefined;
    current = handle;
  }
  return current;
}

export function childOf(supervisor: Supervisor, id: string) {
  return supervisor.whichChildren().find((child) => child.id === id && child.state === "running");
}

export function statusOf(app: App, name: string): ServerStatus | undefined {
  return app.mcp
    .opened()
    ?.host.statuses()
    .find((status) => status.name === name);
}
