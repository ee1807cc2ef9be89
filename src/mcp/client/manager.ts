/**
 * The manager: which servers are wanted, and which tools there are. It has servers started and stopped through the
 * dynamic supervisor beside it, and learns of their lives from the supervision tree alone.
 */
import { Condition } from "../../lib/condition.ts";
import { ServiceGone } from "../../lib/slot.ts";
import { SupervisorError } from "../../supervisor/errors.ts";
import type { Exit, Running, StopReason } from "../../supervisor/spec.ts";
import type { Supervisor } from "../../supervisor/supervisor.ts";
import type { ServerConfig } from "./config.ts";
import { ManagedServer, type Superior } from "./managed.ts";
import type { ManagerOptions } from "./manager-options.ts";
import { buildCatalogue, type Catalogue } from "./tools/catalogue.ts";

export class ServerManager implements Running<ServerManager> {
  readonly handle = this;
  readonly exited: Promise<Exit>;
  readonly #options: ManagerOptions;
  readonly #servers = new Map<string, ManagedServer>();
  readonly #condition: Condition;
  readonly #exit = Promise.withResolvers<Exit>();
  readonly #superior: Superior = {
    enqueue: (name, work) => this.#enqueue(name, work),
    changed: () => this.#changed(),
  };
  /** What starts and stops servers, one after the other for each name: a server may be removed and come back. */
  readonly #work = new Map<string, Promise<void>>();
  #supervisor: Supervisor | undefined;
  /** Until then nothing starts: a run that knows its tools from last time has better things to do first. */
  #released: boolean;
  #catalogue: Catalogue | undefined;

  constructor(desired: readonly ServerConfig[], options: ManagerOptions, held = false) {
    this.#options = options;
    this.#released = !held;
    this.#condition = new Condition(options.clock);
    this.exited = this.#exit.promise;
    for (const config of desired) this.#add(config);
  }

  /** Hands over the supervisor of the servers, a new one after each of its restarts, and starts what is wanted. */
  attach(supervisor: Supervisor): void {
    this.#supervisor = supervisor;
    if (this.#released) this.#beginAll();
  }

  /** Starts what is wanted, if that had to wait. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.#supervisor) this.#beginAll();
  }

  #beginAll(): void {
    for (const server of this.#servers.values()) void server.begin();
  }

  /** Makes the wanted servers these: starts new ones, stops others, restarts those that changed, and only those. */
  apply(desired: readonly ServerConfig[]): void {
    const wanted = new Set(desired.map((config) => config.name));
    for (const [name, server] of this.#servers) {
      if (wanted.has(name)) continue;
      this.#servers.delete(name);
      server.retire();
    }
    for (const config of desired) {
      const present = this.#servers.get(config.name);
      const begins = present?.configure(config) ?? true;
      const server = present ?? this.#add(config);
      if (begins && this.#released) void server.begin();
    }
    this.#changed();
  }

  /** Starts a server again, a failed one too; resolves once that is under way. False if there is no such server. */
  async restart(name: string): Promise<boolean> {
    this.release();
    const server = this.#servers.get(name);
    await server?.begin();
    return server !== undefined;
  }

  get(name: string): ManagedServer | undefined {
    return this.#servers.get(name);
  }

  servers(): readonly ManagedServer[] {
    return [...this.#servers.values()];
  }

  catalogue(): Catalogue {
    this.#catalogue ??= buildCatalogue(this.servers());
    return this.#catalogue;
  }

  /** Waits as Condition does; rejects with ServiceGone when this manager ends. */
  until<T>(look: () => T | undefined, waitMs: number, signal: AbortSignal): Promise<T | undefined> {
    return this.#condition.until(look, waitMs, signal);
  }

  stop(reason: StopReason): void {
    this.#end({ kind: "shutdown" }, reason === "shutdown");
  }

  kill(): void {
    this.#end({ kind: "killed" });
  }

  #end(exit: Exit, final = false): void {
    for (const server of this.#servers.values()) server.abandon();
    this.#exit.resolve(exit);
    this.#condition.close(new ServiceGone("the manager of the servers has stopped", final));
  }

  #add(config: ServerConfig): ManagedServer {
    const server = new ManagedServer(config, this.#options, this.#superior);
    this.#servers.set(config.name, server);
    return server;
  }

  #enqueue(name: string, work: (servers: Supervisor) => Promise<void>): Promise<void> {
    const supervisor = this.#supervisor;
    if (!supervisor) return Promise.resolve();
    const before = this.#work.get(name) ?? Promise.resolve();
    const done = before
      .then(() => work(supervisor))
      .catch((error: unknown) => {
        // A supervisor that has stopped ended its servers too; anything else is a fault of ours.
        const isStopped = error instanceof SupervisorError && error.code === "stopped";
        if (!isStopped) this.#end({ kind: "crash", error });
      });
    this.#work.set(name, done);
    return done;
  }

  #changed(): void {
    this.#catalogue = undefined;
    this.#condition.changed();
  }
}
