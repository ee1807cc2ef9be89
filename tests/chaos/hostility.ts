/** The hostile part: kills, stops and starves what runs inside one mcpchat, at random and within its budgets. */
import type { App } from "../../src/app/app.ts";
import type { Accounts } from "./accounts.ts";
import type { Gate } from "./gate.ts";
import type { Random } from "./random.ts";
import type { Recoveries, Recovery } from "./recoveries.ts";
import type { Tally } from "./tally.ts";
import { childOf, type Deed, ROOT, SERVERS, statusOf, supervisorAt } from "./victims.ts";

export interface HostilityOptions {
  app: App;
  deeds: readonly Deed[];
  /** The servers that are to be there again when the whole branch was killed. */
  servers: readonly string[];
  random: Random;
  accounts: Accounts;
  recoveries: Recoveries;
  tally: Tally;
  gate: Gate;
  signal: AbortSignal;
}

/** Milliseconds between two deeds: about five a second. */
const PACE_MS = { least: 30, most: 330 };
const LONGEST_STOP_MS = 1500;

export class Hostility {
  readonly #options: HostilityOptions;
  /** Processes that are stopped, until they go on. */
  readonly #stopped = new Set<number>();

  constructor(options: HostilityOptions) {
    this.#options = options;
  }

  /** Goes on until the signal aborts. */
  async run(): Promise<void> {
    const { random, gate, signal, deeds } = this.#options;
    const leave = gate.enter();
    while (!signal.aborted) {
      await gate.pass();
      this.#attempt(random.weighted(deeds), random.between(50, LONGEST_STOP_MS));
      await Bun.sleep(random.between(PACE_MS.least, PACE_MS.most));
    }
    leave();
  }

  /** Lets go on whatever is stopped. */
  release(): void {
    for (const pid of [...this.#stopped]) this.#continue(pid);
  }

  /** Does nothing where there is nothing to hurt at this moment, or no budget left to mend it. */
  #attempt(deed: Deed, stopMs: number): void {
    const kill = { name: "server process, kill -9", breaks: true };
    if (deed.do === "kill_child") this.#killChild(deed.supervisor, deed.id);
    if (deed.do === "kill_process") this.#signalServer(deed.server, "SIGKILL", kill);
    if (deed.do === "signal") this.#signalServer(deed.server, deed.signal, deed);
    if (deed.do === "stop") this.#stop(deed.server, stopMs);
  }

  #killChild(path: string, id: string): void {
    const { app, accounts, tally, recoveries } = this.#options;
    const supervisor = supervisorAt(app, path);
    const before = supervisor && childOf(supervisor, id);
    if (!supervisor || !before || !accounts.mayKill(path, performance.now())) return;
    const server = serverOf(path, id);
    if (recoveries.isPending(server ? `${SERVERS}/${server}` : `${path}/${id}`)) return;
    if (server && statusOf(app, server)?.state !== "ready") return;
    accounts.killed(path, id, performance.now());
    tally.count("kills", nameOf(path, id));
    if (server) this.#expectServer(server);
    else if (id === "mcp" || path === `${ROOT}/mcp`) this.#expectBranch(path, id);
    else this.#expectChild(path, id, before.handle);
    supervisor.killChild(id);
  }

  #signalServer(
    server: string,
    signal: NodeJS.Signals,
    { name, breaks }: { name: string; breaks: boolean },
  ): void {
    const { app, accounts, tally, recoveries } = this.#options;
    const path = `${SERVERS}/${server}`;
    const { state, pid } = statusOf(app, server) ?? {};
    if (state !== "ready" || pid === undefined || recoveries.isPending(path)) return;
    if (breaks && !accounts.mayKill(path, performance.now())) return;
    process.kill(pid, signal);
    tally.count(signal === "SIGKILL" ? "kills" : "starvings", name);
    if (!breaks) return;
    accounts.killed(path, "process", performance.now());
    // Nobody notices a closed input before something is to be written.
    if (name !== "stdin closed") this.#expectServer(server, signal === "SIGKILL" ? "server" : "pipe");
  }

  #stop(server: string, ms: number): void {
    const { app, tally } = this.#options;
    const { state, pid } = statusOf(app, server) ?? {};
    if (state !== "ready" || pid === undefined || this.#stopped.has(pid)) return;
    process.kill(-pid, "SIGSTOP");
    this.#stopped.add(pid);
    tally.count("stops", "server process, SIGSTOP");
    setTimeout(() => this.#continue(pid), ms);
  }

  #continue(pid: number): void {
    if (!this.#stopped.delete(pid)) return;
    try {
      process.kill(-pid, "SIGCONT");
    } catch {
      // It was killed meanwhile.
    }
  }

  #expectServer(server: string, kind: Recovery["kind"] = "server"): void {
    const { app, recoveries } = this.#options;
    const before = statusOf(app, server)?.pid;
    recoveries.expect(kind, `${SERVERS}/${server}`, () => isReadyAgain(app, server, before));
  }

  /** Back is a new handle; below a supervisor that was itself replaced nothing has to come back. */
  #expectChild(path: string, id: string, before: unknown): void {
    const { app, recoveries } = this.#options;
    const supervisor = supervisorAt(app, path);
    recoveries.expect("service", `${path}/${id}`, () => {
      const now = supervisorAt(app, path);
      if (!now) return false;
      const handle = childOf(now, id)?.handle;
      return now !== supervisor || (handle !== undefined && handle !== before);
    });
  }

  /** The whole branch, or a part that takes all servers along. */
  #expectBranch(path: string, id: string): void {
    const { app, recoveries, servers } = this.#options;
    const before = servers.map((server) => ({ server, pid: statusOf(app, server)?.pid }));
    const isBack = () => before.every(({ server, pid }) => isReadyAgain(app, server, pid));
    recoveries.expect("branch", `${path}/${id}`, isBack);
  }
}

function isReadyAgain(app: App, server: string, before: number | undefined): boolean {
  const status = statusOf(app, server);
  return status?.state === "ready" && status.pid !== before;
}

/** The server that a place in the tree belongs to. */
function serverOf(path: string, id: string): string | undefined {
  if (path === SERVERS) return id;
  return path.startsWith(`${SERVERS}/`) ? path.slice(SERVERS.length + 1) : undefined;
}

function nameOf(path: string, id: string): string {
  if (path === SERVERS) return "server's supervisor";
  if (path.startsWith(SERVERS)) return `server's ${id}`;
  return path === `${ROOT}/http` ? "http pool" : `service ${id}`;
}
