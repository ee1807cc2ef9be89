/**
 * The supervised service that has models loaded and unloaded: it does what residency/ decides, and lets callers wait.
 * What was loaded outlives it, in the memory that it is given.
 */
import type { Clock } from "../lib/clock.ts";
import { Condition } from "../lib/condition.ts";
import type { Notify } from "../lib/notice.ts";
import { ServiceGone } from "../lib/slot.ts";
import type { Exit, Running, StopReason } from "../supervisor/spec.ts";
import type { HostEnd } from "./host-child.ts";
import { ABORTED, type HostLink } from "./host-link.ts";
import type { LoadedModel, LoadOptions } from "./port.ts";
import { ModelError, problemOf } from "./problem.ts";
import { nextIdleAt } from "./residency/order.ts";
import { afterLoaderEnded, nextResidency } from "./residency/residency.ts";
import type { Residency, ResidencyEffect, ResidencyEvent } from "./residency/state.ts";

/** What outlives a loader. */
export interface LoaderMemory {
  residency: Residency;
}

/** A model that stays in memory, in one process, until it is released. */
export interface Lease {
  link: HostLink;
  model: LoadedModel;
  release(): void;
}

export interface LeaseRequest {
  path: string;
  options: LoadOptions;
  onProgress?: (fraction: number) => void;
  signal: AbortSignal;
}

interface Waiter {
  path: string;
  onProgress: (fraction: number) => void;
  succeed(lease: Lease): void;
  fail(error: Error): void;
}

/** Longer than any wait: it ends with the process, with this loader, or with the caller. */
const FOR_EVER_MS = 2 ** 31 - 1;

export class Loader implements Running<Loader> {
  readonly handle = this;
  readonly exited: Promise<Exit>;
  readonly #memory: LoaderMemory;
  readonly #notify: Notify;
  readonly #clock: Clock;
  readonly #condition: Condition;
  readonly #exit = Promise.withResolvers<Exit>();
  readonly #waiters = new Map<number, Waiter>();
  readonly #unloads = new Map<string, Set<(gone: boolean) => void>>();
  #lastUser = 0;
  #link: HostLink | undefined;
  #loading: AbortController | undefined;
  #cancelIdle: (() => void) | undefined;
  #ended: ServiceGone | undefined;

  constructor(memory: LoaderMemory, notify: Notify, clock: Clock) {
    this.#memory = memory;
    this.#notify = notify;
    this.#clock = clock;
    this.#condition = new Condition(clock);
    this.exited = this.#exit.promise;
    memory.residency = afterLoaderEnded(memory.residency);
  }

  hostUp(link: HostLink): void {
    this.#link = link;
    this.#step({ type: "host_up" });
    this.#condition.changed();
  }

  hostDown(link: HostLink, { problem, asked }: HostEnd): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#loading = undefined;
    this.#step({ type: "host_down", problem, asked });
  }

  /** The process, as soon as it takes requests. Throws ServiceGone, or ModelError `aborted`. */
  async host(signal: AbortSignal): Promise<HostLink> {
    try {
      const link = await this.#condition.until(() => this.#link, FOR_EVER_MS, signal);
      if (link) return link;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    throw new ModelError(ABORTED);
  }

  /** Has a model loaded, unless it is, and keeps it there. Throws ModelError, or ServiceGone. */
  lease({ path, options, onProgress = () => {}, signal }: LeaseRequest): Promise<Lease> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (signal.aborted) return Promise.reject(new ModelError(ABORTED));
    const user = ++this.#lastUser;
    const { promise, resolve, reject } = Promise.withResolvers<Lease>();
    const giveUp = () => {
      const waiter = this.#settle(user);
      // Whoever has got it by now releases it.
      if (!waiter) return;
      waiter.fail(new ModelError(ABORTED));
      this.#step({ type: "released", user });
    };
    signal.addEventListener("abort", giveUp, { once: true });
    const forget = () => signal.removeEventListener("abort", giveUp);
    promise.then(forget, forget);
    this.#waiters.set(user, { path, onProgress, succeed: resolve, fail: reject });
    this.#step({ type: "wanted", user, path, options });
    return promise;
  }

  /** Unloads a model once nobody uses it; false when it was not loaded, or when somebody needs it again by then. */
  unload(path: string): Promise<boolean> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (!this.#memory.residency.models.some((resident) => resident.path === path))
      return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = this.#unloads.get(path) ?? new Set();
    this.#unloads.set(path, waiting.add(resolve));
    this.#step({ type: "unload", path });
    return promise;
  }

  loaded(): readonly LoadedModel[] {
    return this.#memory.residency.models.flatMap(({ model }) => (model ? [model] : []));
  }

  setIdleTime(idleMs: number): void {
    this.#step({ type: "idle_time", idleMs });
  }

  stop(reason: StopReason): void {
    this.#end({ kind: "shutdown" }, reason === "shutdown");
  }

  kill(): void {
    this.#end({ kind: "killed" }, false);
  }

  #end(exit: Exit, final: boolean): void {
    if (this.#ended) return;
    this.#ended = new ServiceGone("the models were stopped", final);
    this.#link = undefined;
    this.#cancelIdle?.();
    this.#condition.close(this.#ended);
    for (const user of [...this.#waiters.keys()]) this.#settle(user)?.fail(this.#ended);
    for (const path of [...this.#unloads.keys()]) this.#tellUnloaded(path, true);
    this.#exit.resolve(exit);
  }

  #step(event: ResidencyEvent): void {
    if (this.#ended) return;
    const { state, effects } = nextResidency(this.#memory.residency, event, this.#clock.now());
    this.#memory.residency = state;
    for (const effect of effects) this.#run(effect);
    this.#cancelIdle?.();
    const idleAt = nextIdleAt(state);
    const inTime = (at: number) =>
      this.#clock.setTimer(Math.max(0, at - this.#clock.now()), () => this.#step({ type: "time_passed" }));
    this.#cancelIdle = idleAt === undefined ? undefined : inTime(idleAt);
  }

  #run(effect: ResidencyEffect): void {
    switch (effect.type) {
      case "load":
        void this.#load(effect.path, effect.options);
        break;
      case "cancel_load":
        this.#loading?.abort();
        break;
      case "unload":
        void this.#unload(effect.path);
        break;
      case "granted":
        this.#grant(effect.user, effect.model);
        break;
      case "refused":
        this.#settle(effect.user)?.fail(new ModelError(effect.problem));
        break;
      case "gone":
        this.#tellUnloaded(effect.path, true);
        break;
      case "stays":
        this.#tellUnloaded(effect.path, false);
        break;
      case "notice":
        this.#notify("warn", effect.text);
        break;
    }
  }

  async #load(path: string, options: LoadOptions): Promise<void> {
    const link = this.#link;
    if (!link) return;
    const loading = new AbortController();
    this.#loading = loading;
    const onProgress = (fraction: number) => {
      for (const waiter of this.#waiters.values()) if (waiter.path === path) waiter.onProgress(fraction);
    };
    try {
      const model = await link.call(
        "load",
        { path, options },
        { signal: loading.signal, onNews: (news) => news.type === "loading" && onProgress(news.fraction) },
      );
      // A process that has ended meanwhile was told of as such.
      if (this.#link === link) this.#step({ type: "loaded", path, model });
    } catch (error) {
      if (this.#link === link) this.#step({ type: "load_failed", path, problem: problemOf(error) });
    }
  }

  async #unload(path: string): Promise<void> {
    const link = this.#link;
    if (!link) return;
    try {
      await link.call("unload", { path }, { signal: new AbortController().signal });
    } catch {
      // What cannot be unloaded is gone for us all the same; a process that has ended was told of as such.
    }
    if (this.#link === link) this.#step({ type: "unloaded", path });
  }

  #grant(user: number, model: LoadedModel): void {
    const link = this.#link;
    const release = () => this.#step({ type: "released", user });
    if (link) this.#settle(user)?.succeed({ link, model, release });
  }

  /** The one who waits under this number, who waits no longer. */
  #settle(user: number): Waiter | undefined {
    const waiter = this.#waiters.get(user);
    this.#waiters.delete(user);
    return waiter;
  }

  #tellUnloaded(path: string, gone: boolean): void {
    for (const resolve of this.#unloads.get(path) ?? []) resolve(gone);
    this.#unloads.delete(path);
  }
}
