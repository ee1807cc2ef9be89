/**
 * The manager: which servers are wanted, how each of them lives, which tools there are. It starts and stops servers
 * through the dynamic supervisor beside it and learns of their lives from the supervision tree alone.
 */
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Notify } from "../../lib/notice.ts";
import { SupervisorError } from "../../supervisor/errors.ts";
import type { Exit, Listener, Running, StopReason, SupervisionEvent } from "../../supervisor/spec.ts";
import type { Supervisor } from "../../supervisor/supervisor.ts";
import { buildCatalogue } from "./catalogue.ts";
import { Condition } from "./condition.ts";
import type { Connection } from "./connection.ts";
import { ServiceGone } from "./errors.ts";
import { createLifeReader, type Life, type LifeEvent, nextLife } from "./life.ts";
import { needsRestart, toolListKey } from "./listkey.ts";
import type { CatalogueTool, ServerConfig, ServerStatus, ToolListCache } from "./port.ts";
import { newRecord, type ServerRecord, statusOf } from "./record.ts";
import { type ServerObserver, type ServerSurroundings, serverSpec } from "./server.ts";
import { oneLine } from "./text.ts";
import type { ToolDescription } from "./tools.ts";

export interface ManagerOptions extends ServerSurroundings {
  cache: ToolListCache;
  notify: Notify;
  /** Hears every supervision event of the servers, for the tree view and the log. */
  listener?: Listener;
}

export class ServerManager implements Running<ServerManager> {
  readonly handle = this;
  readonly exited: Promise<Exit>;
  readonly #options: ManagerOptions;
  readonly #clock: Clock;
  readonly #records = new Map<string, ServerRecord>();
  readonly #condition: Condition;
  readonly #exit = Promise.withResolvers<Exit>();
  #servers: Supervisor | undefined;
  #catalogue: CatalogueTool[] | undefined;

  constructor(desired: readonly ServerConfig[], options: ManagerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#condition = new Condition(this.#clock);
    this.exited = this.#exit.promise;
    for (const config of desired) this.#records.set(config.name, this.#newRecord(config));
  }

  /** Hands over the supervisor of the servers, a new one after each of its restarts, and starts what is wanted. */
  attach(servers: Supervisor): void {
    this.#servers = servers;
    for (const record of this.#records.values()) this.#begin(record);
  }

  /** Makes the wanted servers these: starts new ones, stops others, restarts those that changed, and only those. */
  apply(desired: readonly ServerConfig[]): void {
    const wanted = new Map(desired.map((config) => [config.name, config]));
    for (const [name, record] of this.#records) {
      if (!wanted.has(name)) this.#remove(record);
    }
    for (const config of desired) this.#want(config);
    this.#changed();
  }

  /** Starts a server again, a failed one too; resolves once that is under way. False if there is no such server. */
  async restart(name: string): Promise<boolean> {
    const record = this.#records.get(name);
    if (!record) return false;
    this.#begin(record);
    await record.work;
    return true;
  }

  get(name: string): Readonly<ServerRecord> | undefined {
    return this.#records.get(name);
  }

  records(): readonly Readonly<ServerRecord>[] {
    return [...this.#records.values()];
  }

  tools(): CatalogueTool[] {
    this.#catalogue ??= buildCatalogue(
      this.records().map(({ config, tools }) => ({ config, tools: tools?.list ?? [] })),
    );
    return this.#catalogue;
  }

  statuses(): ServerStatus[] {
    return this.records().map((record) => statusOf(record, this.#clock.now()));
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
    this.#exit.resolve(exit);
    this.#condition.close(new ServiceGone("the manager of the servers has stopped", final));
  }

  #newRecord(config: ServerConfig): ServerRecord {
    return newRecord(config, this.#options.cache, this.#clock.now());
  }

  #want(config: ServerConfig): void {
    const record = this.#records.get(config.name);
    if (record && !needsRestart(record.config, config)) {
      record.config = config;
      return;
    }
    const fresh = this.#newRecord(config);
    if (record) {
      fresh.generation = record.generation;
      fresh.work = record.work;
    }
    this.#records.set(config.name, fresh);
    this.#begin(fresh);
  }

  #remove(record: ServerRecord): void {
    this.#records.delete(record.config.name);
    record.generation++;
    this.#enqueue(record, (servers) => terminate(servers, record.config.name));
  }

  /** Stops what runs under this name, and starts it. */
  #begin(record: ServerRecord): void {
    const generation = ++record.generation;
    record.unready = 0;
    this.#advance(record, generation, { type: "begun" });
    this.#enqueue(record, async (servers) => {
      await terminate(servers, record.config.name);
      if (record.generation !== generation) return;
      try {
        await servers.startChild(serverSpec(record.config, this.#observe(record, generation), this.#options));
      } catch (error) {
        this.#advance(record, generation, { type: "failed", error });
      }
    });
  }

  #enqueue(record: ServerRecord, work: (servers: Supervisor) => Promise<void>): void {
    const servers = this.#servers;
    if (!servers) return;
    record.work = record.work
      .then(() => work(servers))
      .catch((error: unknown) => {
        // A supervisor that has stopped ended its servers too; anything else is a fault of ours.
        if (!isStopped(error)) this.#end({ kind: "crash", error });
      });
  }

  #observe(record: ServerRecord, generation: number): ServerObserver {
    const read = createLifeReader(record.config.restart);
    const { listener, notify } = this.#options;
    return {
      listener: (event: SupervisionEvent) => {
        listener?.(event);
        const news = read(event);
        if (news) this.#advance(record, generation, news);
      },
      onConnection: (connection) => this.#onConnection(record, generation, connection),
      onTools: (list) => this.#onTools(record, generation, list),
      onComplaint: (text) => notify("warn", oneLine(`server ${record.config.name} ${text}`)),
      unreadyInARow: () => record.unready,
    };
  }

  #onConnection(record: ServerRecord, generation: number, connection: Connection): void {
    record.connection = connection;
    record.unready++;
    connection.ready.then(
      () => {
        if (record.connection === connection) this.#advance(record, generation, { type: "ready" });
      },
      // Its supervisor tells why.
      () => {},
    );
  }

  #onTools(record: ServerRecord, generation: number, list: ToolDescription[]): void {
    if (record.generation !== generation) return;
    record.tools = { list, cached: false };
    this.#options.cache.put(toolListKey(record.config), { tools: list, fetchedAt: this.#clock.wall() });
    this.#changed();
  }

  #advance(record: ServerRecord, generation: number, event: LifeEvent): void {
    if (record.generation !== generation) return;
    const before = record.life;
    const now = this.#clock.now();
    record.life = nextLife(before, event, now);
    if (record.life === before) return;
    const { state } = record.life;
    if (state === "ready") record.unready = 0;
    if (state === "failed" || state === "stopped") this.#bury(record);
    this.#tell(record, before, now);
    this.#changed();
  }

  /** Each crash is told once: when the server is back, or when it is given up. */
  #tell(record: ServerRecord, before: Life, now: number): void {
    const { life, config } = record;
    if (life.state === "failed") this.#options.notify("error", `server ${config.name} failed: ${life.error}`);
    if (life.state !== "ready" || before.state !== "restarting") return;
    const took = Math.round(now - before.since);
    this.#options.notify("warn", `server ${config.name} crashed (${before.reason}), restarted in ${took} ms`);
  }

  /** Its tools leave the list; what may be left of it under its supervisor goes too. */
  #bury(record: ServerRecord): void {
    record.tools = undefined;
    this.#enqueue(record, (servers) => terminate(servers, record.config.name));
  }

  #changed(): void {
    this.#catalogue = undefined;
    this.#condition.changed();
  }
}

/** Stops what runs under this name, if anything does. */
async function terminate(servers: Supervisor, name: string): Promise<void> {
  try {
    await servers.terminateChild(name);
  } catch (error) {
    if (!hasCode(error, "not_found")) throw error;
  }
}

function isStopped(error: unknown): boolean {
  return hasCode(error, "stopped");
}

function hasCode(error: unknown, code: SupervisorError["code"]): boolean {
  return error instanceof SupervisorError && error.code === code;
}
