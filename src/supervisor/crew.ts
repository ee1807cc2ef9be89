/**
 * The children of one supervisor, each by itself: started, adopted, watched, terminated, and told of. What the end of
 * one means for the others is not decided here.
 */
import { runAsChild } from "./ancestry.ts";
import { exitOf, launch, terminate } from "./child.ts";
import { StartAbandonedError } from "./errors.ts";
import type { Happening } from "./events.ts";
import { watchHealth } from "./health.ts";
import type { SupervisorSettings } from "./settings.ts";
import type { Exit, Running, StopReason } from "./spec.ts";
import { type Child, forgetRetry, recordEnd } from "./table.ts";

/** The supervisor, as its crew sees it. */
export interface Command {
  /** Aborted when the supervisor ends. */
  ending: AbortSignal;
  emit(happening: Happening): void;
  /** Has a message handled after those before it. */
  send(work: () => Promise<void>): void;
  /** A child has ended unasked; it is marked as ended already. */
  onExit(child: Child, exit: Exit): Promise<void>;
}

export class Crew {
  readonly #supervisor: object;
  readonly #settings: SupervisorSettings;
  readonly #command: Command;

  constructor(supervisor: object, settings: SupervisorSettings, command: Command) {
    this.#supervisor = supervisor;
    this.#settings = settings;
    this.#command = command;
  }

  /** Starts a child and waits until it is ready; what it threw if it did not start. Never throws. */
  async start(child: Child, attempt: number): Promise<{ error: unknown } | undefined> {
    const { clock, path } = this.#settings;
    const { id } = child.spec;
    const incarnation = ++child.incarnation;
    child.state = "starting";
    try {
      const onLeaked = () => this.#command.emit({ type: "child_leaked", id });
      const surroundings = { signal: this.#command.ending, clock, onLeaked };
      const launched = () => launch(child.spec, { attempt, path: `${path}/${id}` }, surroundings);
      const running = await runAsChild(this.#supervisor, id, launched);
      if (child.incarnation !== incarnation) return killLate(running);
      if (running === "ignore") child.state = "stopped";
      else this.#adopt(child, running, attempt);
      return undefined;
    } catch (error) {
      child.state = "stopped";
      this.#command.emit({ type: "start_failed", id, error });
      return { error };
    }
  }

  /** Stops a child as its specification says and cancels a restart that is pending. Never throws. */
  async terminate(child: Child, reason: StopReason): Promise<void> {
    forgetRetry(child);
    const { id, shutdown } = child.spec;
    const { running } = child;
    child.incarnation++;
    if (!running) {
      child.state = "stopped";
      return;
    }
    child.state = "stopping";
    const ending = await terminate(running, shutdown, reason, this.#settings.clock);
    for (const error of ending.errors) this.#command.emit({ type: "stop_failed", id, error });
    this.#markEnded(child, ending.exit);
    this.#command.emit({ type: `child_${ending.how}`, id });
  }

  /** Ends every child at once and without asking; resolves when they are gone, or leaked. Never throws. */
  async kill(children: Iterable<Child>): Promise<void> {
    await Promise.all(
      Array.from(children, async (child) => {
        const { running } = child;
        forgetRetry(child);
        recordEnd(child, { kind: "killed" }, this.#settings.clock.now());
        if (running) await terminate(running, "brutal_kill", "shutdown", this.#settings.clock);
      }),
    );
  }

  #adopt(child: Child, running: Running<unknown>, attempt: number): void {
    const { clock } = this.#settings;
    const { id, health } = child.spec;
    const { incarnation } = child;
    child.state = "running";
    child.running = running;
    child.startedAt = clock.now();
    this.#command.emit({ type: "child_started", id, attempt });
    const ended = (exit: Exit) => this.#command.send(() => this.#ended(child, incarnation, exit));
    void exitOf(running).then(ended);
    if (!health) return;
    const hung = (error: unknown) => this.#command.send(() => this.#hung(child, incarnation, error));
    child.stopProbe = watchHealth(running.handle, health, clock, hung);
  }

  /** An exit of an older incarnation, or one that was asked for, is no news. */
  async #ended(child: Child, incarnation: number, exit: Exit): Promise<void> {
    if (child.incarnation !== incarnation) return;
    this.#markEnded(child, exit);
    await this.#command.onExit(child, exit);
  }

  /** A hung child would not listen: it is killed, and that counts as a crash. */
  async #hung(child: Child, incarnation: number, error: unknown): Promise<void> {
    const { running } = child;
    if (child.incarnation !== incarnation || !running) return;
    const { how } = await terminate(running, "brutal_kill", "restart", this.#settings.clock);
    if (how === "leaked") this.#command.emit({ type: "child_leaked", id: child.spec.id });
    await this.#ended(child, incarnation, { kind: "crash", error });
  }

  #markEnded(child: Child, exit: Exit): void {
    recordEnd(child, exit, this.#settings.clock.now());
    this.#command.emit({ type: "child_exited", id: child.spec.id, exit });
  }
}

/** The supervisor was killed between this child's readiness and its adoption. */
function killLate(running: Running<unknown> | "ignore"): { error: unknown } {
  if (running !== "ignore") running.kill();
  return { error: new StartAbandonedError("stopped") };
}
