/**
 * The supervisor: starts its children in order, watches their ends, restarts what the rules say, gives up when that
 * happens too often, and stops everything in order. One class serves the static supervisor and the dynamic one,
 * which differ in where specs come from and in how the end of a child or of all is handled.
 */
import { refusalFromWithin } from "./ancestry.ts";
import { Crew } from "./crew.ts";
import { SupervisorError } from "./errors.ts";
import { emitter, type Happening } from "./events.ts";
import { Mailbox } from "./mailbox.ts";
import { afterExit, backoffDelay, recordRestart, restartGroup } from "./policy.ts";
import type { SupervisorSettings } from "./settings.ts";
import type { ChildCounts, ChildInfo, ChildSpec, Exit, StopReason } from "./spec.ts";
import { isPermanent } from "./spec.ts";
import { type Child, ChildTable, forgetRetry, newChild } from "./table.ts";
import { validateSpec } from "./validate.ts";

export class Supervisor {
  readonly handle = this;
  readonly exited: Promise<Exit>;
  readonly #settings: SupervisorSettings;
  readonly #table = new ChildTable();
  readonly #mailbox = new Mailbox();
  readonly #ending = new AbortController();
  readonly #crew: Crew;
  readonly #emit: (happening: Happening) => void;
  readonly #exit = Promise.withResolvers<Exit>();
  #restartTimes: number[] = [];
  #stopped: Promise<void> | undefined;
  #settled = false;

  constructor(settings: SupervisorSettings) {
    this.#settings = settings;
    this.#emit = emitter(settings.path, settings.clock, settings.listener);
    this.#crew = new Crew(this, settings, {
      ending: this.#ending.signal,
      emit: this.#emit,
      send: (work) => this.#send(work),
      onExit: (child, exit) => this.#onExit(child, exit),
    });
    this.exited = this.#exit.promise;
  }

  get path(): string {
    return this.#settings.path;
  }

  /** Starts a child and returns its handle. Throws SupervisorError. */
  startChild<H>(spec: ChildSpec<H>): Promise<H | undefined> {
    return this.#call(async () => {
      validateSpec(spec, this.#settings.intensity);
      this.#table.refuseDuplicate(spec.id, this.#settings.dynamic?.maxChildren);
      const child = newChild(spec);
      this.#table.add(child);
      const failure = await this.#crew.start(child, 0);
      if (failure) {
        this.#table.remove(child);
        throw new SupervisorError("start_failed", `${spec.id} did not start`, { cause: failure.error });
      }
      this.#dropUnlessKept(child);
      return child.running?.handle as H | undefined; // What this spec's own start returned.
    });
  }

  /** Starts a child that is stopped. Throws SupervisorError `running`, `restarting`, `not_found`, `start_failed`. */
  restartChild(id: string): Promise<void> {
    return this.#call(async () => {
      const child = this.#table.getStopped(id);
      const failure = await this.#crew.start(child, child.restarts);
      if (failure) throw new SupervisorError("start_failed", `${id} did not start`, { cause: failure.error });
    });
  }

  /** Stops a child and cancels a restart that is pending. Its spec stays, unless it is temporary or dynamic. */
  terminateChild(id: string): Promise<void> {
    return this.#call(
      async () => {
        const child = this.#table.get(id);
        await this.#crew.terminate(child, "shutdown");
        this.#dropUnlessKept(child);
      },
      { id },
    );
  }

  /** Forgets the spec of a stopped child. Throws SupervisorError `running`, `restarting`, `not_found`. */
  deleteChild(id: string): Promise<void> {
    return this.#call(async () => {
      const child = this.#table.getStopped(id);
      this.#table.remove(child);
    });
  }

  /** Ends a child unasked, as Erlang's `exit(Pid, kill)` does: its supervisor finds it dead. */
  killChild(id: string): void {
    this.#table.get(id).running?.kill();
  }

  whichChildren(): ChildInfo[] {
    return this.#table.describe();
  }

  countChildren(): ChildCounts {
    return this.#table.count();
  }

  /** Starts the declared children in order. If one fails, those before it stop again, and so does the supervisor. */
  async startAll(specs: readonly ChildSpec[], abandoned?: AbortSignal): Promise<void> {
    const abandon = () => void this.stop();
    abandoned?.addEventListener("abort", abandon, { once: true });
    if (abandoned?.aborted) abandon();
    try {
      await this.#call(async () => {
        for (const spec of specs) this.#table.add(newChild(spec));
        for (const child of [...this.#table.all]) {
          const failure = await this.#crew.start(child, 0);
          this.#dropUnlessKept(child);
          if (!failure) continue;
          const asked = this.#stopped !== undefined;
          await this.#finish(asked ? { kind: "shutdown" } : { kind: "crash", error: failure.error });
          throw new SupervisorError("start_failed", `${child.spec.id} did not start`, {
            cause: failure.error,
          });
        }
      });
    } finally {
      abandoned?.removeEventListener("abort", abandon);
    }
  }

  /** Stops the children in reverse order, then the supervisor. A start in flight is given up. Called twice, it is one stop. */
  stop(_reason: StopReason = "shutdown"): Promise<void> {
    const refused = refusalFromWithin(this, {});
    if (refused) return Promise.reject(refused);
    this.#stopped ??= this.#mailbox.post(() => this.#finish({ kind: "shutdown" }));
    this.#ending.abort();
    return this.#stopped;
  }

  /** Kills every child below, at once and without asking. */
  kill(): void {
    this.#ending.abort();
    void this.#crew.kill(this.#table.all).then(() => this.#settle({ kind: "killed" }));
  }

  async #call<T>(work: () => Promise<T>, end?: { id: string }): Promise<T> {
    const refused = refusalFromWithin(this, end);
    if (refused) throw refused;
    return this.#mailbox.post(async () => {
      if (this.#ending.signal.aborted) throw new SupervisorError("stopped", `${this.path} has stopped`);
      return work();
    });
  }

  /** A message from a child or a timer. Nobody awaits it, so a fault of our own ends the supervisor, loudly. */
  #send(work: () => Promise<void>): void {
    const handled = this.#mailbox.post(async () => {
      if (!this.#ending.signal.aborted) await work();
    });
    handled.catch((error: unknown) => this.#finish({ kind: "crash", error }));
  }

  /** A spec without a process is kept by a static supervisor, for restartChild, unless it is temporary. */
  #dropUnlessKept(child: Child): void {
    const kept = child.spec.restart !== "temporary" && !this.#settings.dynamic;
    if (child.state === "stopped" && !kept) this.#table.remove(child);
  }

  async #onExit(child: Child, exit: Exit): Promise<void> {
    const next = afterExit(child.spec.restart, exit);
    if (next === "restart") return this.#recover(child, exit.kind === "crash" ? exit.error : undefined);
    if (next === "delete" || this.#settings.dynamic) this.#table.remove(child);
  }

  /** Counts the restart, takes the group down and brings it up again: now, or after the child's backoff. */
  async #recover(failed: Child, error: unknown): Promise<void> {
    const { strategy, clock, intensity, random } = this.#settings;
    if (isPermanent(error)) return this.#giveUp({ type: "permanent_failure", id: failed.spec.id, error });
    const now = clock.now();
    this.#restartTimes = recordRestart(this.#restartTimes, now, intensity);
    if (this.#restartTimes.length > intensity.maxRestarts) {
      return this.#giveUp({ type: "intensity_exceeded", id: failed.spec.id });
    }
    failed.state = "restarting";
    const incarnation = failed.incarnation;
    await this.#takeDown(restartGroup(strategy, this.#table.all, failed).filter((child) => child !== failed));
    // Stopped or killed while the others took their time to end: a timer set now would be cancelled by nobody.
    if (this.#ending.signal.aborted) return;
    const { backoff } = failed.spec;
    const delayMs = backoff ? backoffDelay(backoff, failed.backoffStep++, random) : 0;
    this.#emit({ type: "restart_scheduled", id: failed.spec.id, delayMs });
    const retry = () => this.#send(() => this.#retry(failed, incarnation));
    failed.nextTryAt = clock.now() + delayMs;
    if (delayMs > 0) failed.cancelRetry = clock.setTimer(delayMs, retry);
    else retry();
  }

  async #retry(failed: Child, incarnation: number): Promise<void> {
    if (failed.incarnation !== incarnation || failed.state !== "restarting") return;
    forgetRetry(failed);
    const group = restartGroup(this.#settings.strategy, this.#table.all, failed);
    await this.#takeDown(group.filter((child) => child !== failed));
    for (const child of group) {
      if (child.spec.restart === "temporary") continue;
      child.restarts++;
      const failure = await this.#crew.start(child, child.restarts);
      if (this.#ending.signal.aborted) return;
      if (failure) return this.#recover(child, failure.error);
      this.#dropUnlessKept(child);
    }
  }

  /** Terminates in reverse order; temporary children are forgotten, as they are never started again. */
  async #takeDown(children: readonly Child[]): Promise<void> {
    for (const child of children.toReversed()) {
      await this.#crew.terminate(child, "restart");
      if (child.spec.restart === "temporary") this.#table.remove(child);
    }
  }

  async #giveUp(why: Happening): Promise<void> {
    this.#emit(why);
    await this.#finish({ kind: "shutdown" });
  }

  async #finish(exit: Exit): Promise<void> {
    this.#ending.abort();
    const all = [...this.#table.all].reverse();
    if (this.#settings.dynamic)
      await Promise.all(all.map((child) => this.#crew.terminate(child, "shutdown")));
    else for (const child of all) await this.#crew.terminate(child, "shutdown");
    this.#settle(exit);
  }

  #settle(exit: Exit): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#exit.resolve(exit);
    this.#emit({ type: "supervisor_stopped", exit });
  }
}
