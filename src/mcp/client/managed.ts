/**
 * One server as the manager keeps it: what is wanted of it, how it lives, what it offers. It lives through many
 * starts; each start on purpose is a generation, and news of an older one is ignored.
 */
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Supervisor } from "../../supervisor/supervisor.ts";
import { Comeback, isAway } from "./comeback.ts";
import { Complaints } from "./complaints.ts";
import type { ServerConfig } from "./config.ts";
import { createLifeReader, elapsedMs, type Life, type LifeEvent, nextLife } from "./life.ts";
import type { ManagerOptions } from "./manager-options.ts";
import { newsOf } from "./news.ts";
import type { ServerStatus, SetAsideTool, Wait } from "./port.ts";
import { type ServerObserver, serverSpec } from "./server.ts";
import type { Connection } from "./session/connection.ts";
import { EraOf } from "./session/eras.ts";
import { describeStatus } from "./status.ts";
import { terminate } from "./terminate.ts";
import { forgetfulMemory } from "./tools/fingerprints.ts";
import { identityKey, needsRestart } from "./tools/listkey.ts";
import { Offer } from "./tools/offer.ts";
import type { ToolDescription } from "./tools/tools.ts";

/** The manager, as its servers see it. */
export interface Superior {
  /** Has work on the server of this name done under the supervisor of all, after earlier work on that name. */
  enqueue(name: string, work: (servers: Supervisor) => Promise<void>): Promise<void>;
  /** Something that callers may wait for has changed. */
  changed(): void;
}

/** A server that is well is there within this time, mostly. */
const MOMENT_MS = 300;

export class ManagedServer {
  readonly #options: ManagerOptions;
  readonly #superior: Superior;
  readonly #clock: Clock;
  #config: ServerConfig;
  #life: Life;
  #connection: Connection | undefined;
  readonly #offer: Offer;
  readonly #complaints: Complaints;
  #generation = 0;
  #firstStart = false;
  /** Connections in a row that ended before they were ready. */
  #unready = 0;
  #era: EraOf;
  readonly #comeback: Comeback;

  constructor(config: ServerConfig, options: ManagerOptions, superior: Superior) {
    this.#options = options;
    this.#superior = superior;
    this.#clock = options.clock ?? systemClock;
    this.#config = config;
    this.#life = { state: "starting", since: this.#clock.now() };
    this.#era = this.#eraOf(config);
    this.#comeback = new Comeback(() => void this.#start(), this.#clock, options.comeback);
    const { cache, notify, fingerprints = forgetfulMemory() } = options;
    this.#complaints = new Complaints(notify);
    this.#offer = new Offer(config, {
      cache,
      notify,
      fingerprints,
      complaints: this.#complaints,
      clock: this.#clock,
    });
  }

  #eraOf(config: ServerConfig): EraOf {
    return new EraOf(identityKey(config), this.#options.eras, () => this.#clock.wall());
  }

  get config(): ServerConfig {
    return this.#config;
  }

  get life(): Life {
    return this.#life;
  }

  /** The newest connection; it can be called while `life` is ready. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  get tools(): readonly ToolDescription[] {
    return this.#offer.tools ?? [];
  }

  /** The tools that the server has changed: they are not offered and cannot be called. */
  get setAside(): readonly ToolDescription[] {
    return this.#offer.setAside;
  }

  changes(): readonly SetAsideTool[] {
    return this.#offer.changes();
  }

  /** Their names. */
  get changed(): readonly string[] {
    return this.#offer.changed;
  }

  /** Takes these changes, as far as they are still what was shown; returns the names of those. */
  trust(shown: readonly SetAsideTool[]): string[] {
    const names = this.#offer.trust(shown);
    this.#superior.changed();
    return names;
  }

  /** Looks again whether what is set aside was accepted elsewhere. */
  reconsider(): void {
    this.#offer.reconsider();
    this.#superior.changed();
  }

  /** Whether nobody gains by waiting for it: it is there, its tools are known, or it failed once. */
  get isSettled(): boolean {
    return this.#life.state !== "starting" || this.#offer.cached;
  }

  /**
   * How long it is worth waiting for, in milliseconds: as long as the caller likes, unless the last run has waited in
   * vain. One that was away or had crashed is given a moment, as it is started anyway.
   */
  patience({ ms, again = false, named = [] }: Wait): number {
    if (again || named.includes(this.#config.name)) return ms;
    const { lastTime } = this.#offer;
    if (this.#comeback.awaited) return MOMENT_MS;
    if (!lastTime) return ms;
    return lastTime.waitedMs === undefined ? Math.min(ms, MOMENT_MS) : 0;
  }

  /** It was waited for in vain: the next run that would wait no longer than this does not wait. */
  giveUpWaiting(waitedMs: number): void {
    const elapsed = elapsedMs(this.#life, this.#clock.now());
    this.#offer.rememberProblem(`not ready after ${(elapsed / 1000).toFixed(1)} s`, waitedMs);
  }

  status(): ServerStatus {
    const standing = {
      config: this.#config,
      life: this.#life,
      offer: this.#offer,
      connection: this.#connection,
    };
    return describeStatus(standing, this.#clock.now());
  }

  /** Takes a new configuration; true if the server has to run differently, and so to begin again. */
  configure(config: ServerConfig): boolean {
    const before = this.#config;
    this.#config = config;
    const startsAgain = needsRestart(before, config);
    this.#offer.configure(config, startsAgain);
    return startsAgain;
  }

  /** Stops what runs of it, and starts it. Resolves when that is done; the server is ready later. */
  begin(): Promise<void> {
    this.#comeback.end();
    return this.#start();
  }

  /** Somebody wants it: if it was away, that may be over. */
  want(): void {
    this.#comeback.want();
  }

  #start(): Promise<void> {
    const generation = ++this.#generation;
    // Why it ended before, as without a login, may have had nothing to do with its era.
    this.#era = this.#eraOf(this.#config);
    this.#unready = 0;
    this.#connection = undefined;
    this.#advance(generation, { type: "begun" });
    const { name } = this.#config;
    return this.#superior.enqueue(name, async (servers) => {
      await terminate(servers, name);
      if (this.#generation !== generation) return;
      this.#firstStart = true;
      try {
        await servers.startChild(serverSpec(this.#config, this.#observe(generation), this.#options));
      } catch (error) {
        this.#advance(generation, { type: "failed", error });
      } finally {
        this.#firstStart = false;
      }
    });
  }

  /** Stops it for good. */
  retire(): void {
    this.#generation++;
    this.#comeback.close();
    this.#terminate();
  }

  /** Nobody looks after it any more: it is not tried again. */
  abandon(): void {
    this.#comeback.close();
  }

  #terminate(): void {
    const { name } = this.#config;
    void this.#superior.enqueue(name, (servers) => terminate(servers, name));
  }

  #observe(generation: number): ServerObserver {
    const { name, restart } = this.#config;
    const { listener } = this.#options;
    const read = createLifeReader(restart);
    return {
      listener: (event) => {
        listener?.(event);
        const news = read(event);
        // What becomes of a first start is told by the one who waits for it.
        if (news && !(this.#firstStart && news.type === "crashed")) this.#hear(generation, news);
      },
      era: () => this.#era.next(this.#mayRestart()),
      isPatient: () => this.#era.isPatient,
      onConnection: (connection) => this.#onConnection(generation, connection),
      onTools: (list) => this.#onTools(generation, list),
      onComplaint: (text) => this.#complaints.tell(name, text),
      unreadyInARow: () => this.#unready,
    };
  }

  #onConnection(generation: number, connection: Connection): void {
    if (this.#generation !== generation) return;
    this.#connection = connection;
    this.#unready++;
    connection.ready.then(
      () => {
        if (this.#connection !== connection) return;
        if (connection.greeting) this.#era.confirm(connection.greeting.era);
        this.#advance(generation, { type: "ready" });
      },
      // Its supervisor tells why.
      () => {},
    );
  }

  #onTools(generation: number, list: readonly ToolDescription[]): void {
    if (this.#generation !== generation) return;
    this.#offer.take(list, this.#connection?.greeting?.instructions);
    this.#superior.changed();
  }

  /** A start that failed because the server was taken for what it is not is no news: the next one knows better. */
  #hear(generation: number, news: LifeEvent): void {
    if (this.#generation !== generation) return;
    const mistaken = news.type === "crashed" && this.#life.state === "starting" && this.#era.refute();
    if (!mistaken) this.#advance(generation, news);
  }

  #advance(generation: number, event: LifeEvent): void {
    if (this.#generation !== generation) return;
    const before = this.#life;
    this.#life = nextLife(before, event, this.#clock.now());
    if (this.#life === before) return;
    const { state } = this.#life;
    const wasAway = this.#comeback.awaited;
    if (state === "ready") this.#unready = 0;
    // What was known of one that is away was told to the next run already.
    const isNew = before.state === "starting" && !wasAway;
    if (isNew && "error" in this.#life) this.#offer.rememberProblem(this.#life.error);
    if (state === "failed" || state === "stopped") this.#bury();
    if (event.type === "failed" && this.#mayComeBack(event.error)) this.#comeback.missed();
    else if (state !== "starting" && state !== "restarting") this.#comeback.end();
    this.#tell(before, wasAway);
    this.#superior.changed();
  }

  #mayComeBack(error: unknown): boolean {
    return this.#config.transport !== "stdio" && this.#mayRestart() && isAway(error);
  }

  #mayRestart(): boolean {
    return this.#config.restart !== "temporary" && this.#options.intensity.maxRestarts > 0;
  }

  /** Its tools leave the list; what may be left of it under its supervisor goes too. */
  #bury(): void {
    this.#offer.clear();
    this.#terminate();
  }

  #tell(before: Life, wasAway: boolean): void {
    const { config } = this;
    const { notify, restartAdvice, isHushed = () => false } = this.#options;
    const isAway = this.#comeback.awaited;
    const advice = config.transport === "stdio" ? restartAdvice?.(config.name) : undefined;
    const news = newsOf(config.name, { before, life: this.#life, wasAway, isAway, advice });
    const hushed = this.#life.state === "failed" && isHushed(config.name);
    if (news && !hushed) notify(news.level, news.text);
  }
}
