/**
 * What a supervisor should do, as plainly as it can be said: one step after the other, and where the supervisor has to
 * wait, the step yields what it waits for. The differential test runs the same trace through this and through the real
 * one and compares what can be seen of both.
 */
import type { Exit, Intensity, Strategy } from "../../src/supervisor/spec.ts";
import { Conduct } from "./conduct.ts";
import type { ModelChild, ModelRecord } from "./model-child.ts";
import { type Process, Processes } from "./model-processes.ts";
import { Turns, type Work } from "./turns.ts";

export class ReferenceModel {
  readonly told: string[] = [];
  /** By the number of the call; undefined while it has not settled. */
  readonly answers: (string | undefined)[] = [];
  readonly conduct = new Conduct();
  readonly #turns = new Turns();
  readonly #processes = new Processes(this.#turns, this.conduct);
  #ending = false;
  #over = false;
  #children: ModelRecord[] = [];
  #times: number[] = [];
  /** Ends that the supervisor hears of after the calls of the same moment. */
  #exits: Process[] = [];

  constructor(
    readonly strategy: Strategy,
    readonly intensity: Intensity,
    /** How many children a dynamic supervisor takes; undefined for a static one. */
    readonly maxChildren: number | undefined,
  ) {}

  /** The children as a caller sees them. */
  get children(): string[] {
    return this.#children.map(({ id, state, restarts, retry }) => `${id} ${state} ${restarts} ${retry?.at}`);
  }

  /** How many processes of this child live, leaked ones too. */
  living(id: string): number {
    return this.#processes.living(id);
  }

  startChild(child: ModelChild): void {
    this.#call(this.#startChild(child));
  }

  restartChild(id: string): void {
    this.#call(this.#restartChild(id));
  }

  terminateChild(id: string): void {
    this.#call(this.#terminateChild(id));
  }

  deleteChild(id: string): void {
    this.#call(this.#deleteChild(id));
  }

  stop(): void {
    const call = this.answers.push(undefined) - 1;
    this.#turns.post(() => this.#stop(call));
    this.#ending = true;
  }

  /** The child's last process ends by itself, if it lives. */
  exit(id: string, kind: Exit["kind"]): void {
    const process = this.#processes.crash(id, kind);
    if (process) this.#exits.push(process);
  }

  /** Handles what can be handled without time passing. */
  settle(): void {
    for (const process of this.#exits.splice(0)) this.#send(() => this.#hear(process));
    this.#turns.settle();
  }

  advance(ms: number): void {
    this.settle();
    this.#turns.advance(ms);
  }

  *#startChild(child: ModelChild): Work<string> {
    const present = this.#children.find(({ id }) => id === child.id);
    if (present) return present.state === "stopped" ? "already_present" : "already_started";
    if (this.#children.length === this.maxChildren) return "max_children";
    const record: ModelRecord = { ...child, state: "stopped", restarts: 0, step: 0, startedAt: 0 };
    this.#children.push(record);
    const started = yield* this.#start(record);
    if (started) this.#dropUnlessKept(record);
    else this.#forget(record);
    return started ? "ok" : "start_failed";
  }

  *#restartChild(id: string): Work<string> {
    const record = this.#stoppedChild(id);
    if (typeof record === "string") return record;
    return (yield* this.#start(record)) ? "ok" : "start_failed";
  }

  *#deleteChild(id: string): Work<string> {
    yield* []; // Never waits.
    const record = this.#stoppedChild(id);
    if (typeof record === "string") return record;
    this.#forget(record);
    return "ok";
  }

  *#terminateChild(id: string): Work<string> {
    const record = this.#children.find((child) => child.id === id);
    if (!record) return "not_found";
    yield* this.#terminate(record);
    this.#dropUnlessKept(record);
    return "ok";
  }

  *#stop(call: number): Work {
    yield* this.#finish();
    this.answers[call] = "ok";
  }

  *#start(record: ModelRecord): Work<boolean> {
    const { id, shutdown, startTimeout = Number.POSITIVE_INFINITY } = record;
    record.state = "starting";
    const outcome = this.#ending ? "fail" : this.conduct.startOf(id, shutdown);
    if (outcome === "ready") this.#adopt(record);
    if (outcome === "ignore") record.state = "stopped";
    if (outcome === "ready" || outcome === "ignore") return true;
    if (outcome !== "fail") {
      yield { until: this.#turns.now + startTimeout, over: () => this.#ending };
      // Given up. What is ready only now is ended at once; what never is, is waited for as long as for a child.
      if (outcome === "late") yield* this.#endLate(id, shutdown);
      if (outcome === "stuck" && shutdown !== "brutal_kill") {
        yield { until: this.#turns.now + shutdown, over: () => false };
      }
    }
    record.state = "stopped";
    this.told.push(`start_failed ${id}`);
    return false;
  }

  *#endLate(id: string, shutdown: ModelRecord["shutdown"]): Work {
    const how = yield* this.#processes.end(this.#processes.spawn(id), shutdown);
    if (how === "leaked") this.told.push(`child_leaked ${id}`);
  }

  #adopt(record: ModelRecord): void {
    const process = this.#processes.spawn(record.id);
    record.process = process;
    record.state = "running";
    record.startedAt = this.#turns.now;
    this.told.push(`child_started ${record.id} ${record.restarts}`);
    const hung = () => this.#send(() => this.#hung(record, process));
    if (record.health) this.#processes.watch(process, record.health, hung);
  }

  *#hung(record: ModelRecord, process: Process): Work {
    if (record.process !== process) return;
    if ((yield* this.#processes.end(process, "brutal_kill")) === "leaked")
      this.told.push(`child_leaked ${record.id}`);
    yield* this.#ended(record, "crash");
  }

  *#hear(process: Process): Work {
    const record = this.#children.find((child) => child.process === process);
    if (record) yield* this.#ended(record, process.ended ?? "normal");
  }

  *#ended(record: ModelRecord, kind: string): Work {
    this.#markEnded(record, kind);
    const abnormal = kind === "crash" || kind === "killed";
    if (record.restart === "permanent" || (record.restart === "transient" && abnormal))
      yield* this.#recover(record);
    else this.#dropUnlessKept(record);
  }

  #markEnded(record: ModelRecord, kind: string): void {
    const ranFor = this.#turns.now - record.startedAt;
    if (ranFor >= (record.backoff?.resetMs ?? 0)) record.step = 0;
    if (record.process) record.process.watched = false;
    delete record.process;
    record.state = "stopped";
    this.told.push(`child_exited ${record.id} ${kind}`);
  }

  *#terminate(record: ModelRecord): Work {
    const { process } = record;
    delete record.retry;
    record.state = process ? "stopping" : "stopped";
    if (!process) return;
    const how = yield* this.#processes.end(process, record.shutdown);
    this.#markEnded(record, process.ended ?? "killed");
    this.told.push(`child_${how} ${record.id}`);
  }

  *#recover(failed: ModelRecord): Work {
    const { now } = this.#turns;
    const oldest = now - this.intensity.maxSeconds * 1000;
    this.#times = [...this.#times.filter((time) => time >= oldest), now];
    if (this.#times.length > this.intensity.maxRestarts) {
      this.told.push(`intensity_exceeded ${failed.id}`);
      return yield* this.#finish();
    }
    failed.state = "restarting";
    yield* this.#takeDown(failed);
    if (this.#ending) return;
    const { backoff } = failed;
    const delay = backoff ? Math.min(backoff.capMs, backoff.baseMs * 2 ** failed.step++) : 0;
    this.told.push(`restart_scheduled ${failed.id} ${delay}`);
    const turn = { at: this.#turns.now + delay };
    failed.retry = turn;
    const retry = () => this.#send(() => this.#retry(failed, turn));
    if (delay === 0) retry();
    else this.#turns.after(delay, retry);
  }

  *#retry(failed: ModelRecord, turn: { at: number }): Work {
    if (failed.retry !== turn) return;
    delete failed.retry;
    const group = this.#group(failed);
    yield* this.#takeDown(failed);
    for (const child of group) {
      if (child.restart === "temporary") continue;
      child.restarts++;
      const started = yield* this.#start(child);
      if (this.#ending) return;
      if (!started) return yield* this.#recover(child);
      this.#dropUnlessKept(child);
    }
  }

  *#takeDown(failed: ModelRecord): Work {
    for (const child of this.#group(failed).toReversed()) {
      if (child === failed) continue;
      yield* this.#terminate(child);
      if (child.restart === "temporary") this.#forget(child);
    }
  }

  #group(failed: ModelRecord): ModelRecord[] {
    if (this.strategy === "one_for_one") return [failed];
    return this.strategy === "one_for_all"
      ? [...this.#children]
      : this.#children.slice(this.#children.indexOf(failed));
  }

  *#finish(): Work {
    this.#ending = true;
    const ends = this.#children.toReversed().map((child) => this.#terminate(child));
    if (this.maxChildren !== undefined) yield* this.#turns.together(ends);
    else for (const end of ends) yield* end;
    if (!this.#over) this.told.push("supervisor_stopped");
    this.#over = true;
  }

  #stoppedChild(id: string): ModelRecord | string {
    const record = this.#children.find((child) => child.id === id);
    if (!record) return "not_found";
    if (record.state === "stopped") return record;
    return record.state === "restarting" ? "restarting" : "running";
  }

  #dropUnlessKept(record: ModelRecord): void {
    const kept = record.restart !== "temporary" && this.maxChildren === undefined;
    if (record.state === "stopped" && !kept) this.#forget(record);
  }

  #forget(record: ModelRecord): void {
    this.#children = this.#children.filter((child) => child !== record);
  }

  #call(work: Work<string>): void {
    const call = this.answers.push(undefined) - 1;
    this.#turns.post(() => this.#answer(call, work));
  }

  *#answer(call: number, work: Work<string>): Work {
    this.answers[call] = this.#ending ? "stopped" : yield* work;
  }

  #send(work: () => Work): void {
    this.#turns.post(() => this.#unlessEnding(work));
  }

  *#unlessEnding(work: () => Work): Work {
    if (!this.#ending) yield* work();
  }
}
