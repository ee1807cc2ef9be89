/**
 * What a supervisor should do, as plainly as it can be said: no promises, no mailbox, one step after the other. The
 * differential test runs the same trace through this and through the real one and compares what they tell.
 */
import type { Exit, Intensity, Restart, Strategy } from "../../src/supervisor/spec.ts";

export interface ModelChild {
  id: string;
  restart: Restart;
  backoff?: { baseMs: number; capMs: number; resetMs: number };
}

interface Record extends ModelChild {
  state: "running" | "restarting" | "stopped";
  startedAt?: number;
  dueAt: number;
  /** Timers that are due together fire in the order in which they were set. */
  turn: number;
  step: number;
}

export class ReferenceModel {
  readonly told: string[] = [];
  /** How many of the next starts of an id fail. */
  readonly failing = new Map<string, number>();
  over = false;
  #children: Record[] = [];
  #times: number[] = [];
  #now = 0;
  #turns = 0;

  constructor(
    readonly strategy: Strategy,
    readonly intensity: Intensity,
    readonly dynamic: boolean,
  ) {}

  get alive(): string[] {
    return this.#children.filter(({ state }) => state === "running").map(({ id }) => id);
  }

  startChild(child: ModelChild): string {
    if (this.over) return "stopped";
    const present = this.#children.find(({ id }) => id === child.id);
    if (present) return present.state === "stopped" ? "already_present" : "already_started";
    const record: Record = { ...child, state: "stopped", dueAt: 0, turn: 0, step: 0 };
    this.#children.push(record);
    if (this.#start(record)) return "ok";
    this.#forget(record);
    return "start_failed";
  }

  restartChild(id: string): string {
    const record = this.#stoppedChild(id);
    if (typeof record === "string") return record;
    return this.#start(record) ? "ok" : "start_failed";
  }

  deleteChild(id: string): string {
    const record = this.#stoppedChild(id);
    if (typeof record === "string") return record;
    this.#forget(record);
    return "ok";
  }

  terminateChild(id: string): string {
    const record = this.#children.find((child) => child.id === id);
    if (this.over) return "stopped";
    if (!record) return "not_found";
    this.#terminate(record);
    if (this.dynamic || record.restart === "temporary") this.#forget(record);
    return "ok";
  }

  /** The child ends by itself, if it runs. */
  exit(id: string, kind: Exit["kind"]): void {
    const record = this.#children.find((child) => child.id === id);
    if (record?.state !== "running") return;
    this.#ended(record, kind);
    const abnormal = kind === "crash" || kind === "killed";
    if (record.restart === "permanent" || (record.restart === "transient" && abnormal)) this.#recover(record);
    else if (record.restart === "temporary" || this.dynamic) this.#forget(record);
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = this.#children
        .filter(({ state, dueAt }) => state === "restarting" && dueAt <= until)
        .sort((one, other) => one.dueAt - other.dueAt || one.turn - other.turn);
      if (!next) break;
      this.#now = Math.max(this.#now, next.dueAt);
      this.#retry(next);
    }
    this.#now = until;
  }

  stop(): void {
    if (this.over) return;
    for (const record of this.#children.toReversed()) this.#terminate(record);
    this.over = true;
    this.told.push("supervisor_stopped");
  }

  #stoppedChild(id: string): Record | string {
    if (this.over) return "stopped";
    const record = this.#children.find((child) => child.id === id);
    if (!record) return "not_found";
    return record.state === "stopped" ? record : record.state;
  }

  #start(record: Record): boolean {
    const failures = this.failing.get(record.id) ?? 0;
    this.failing.set(record.id, Math.max(0, failures - 1));
    record.state = failures > 0 ? "stopped" : "running";
    this.told.push(`${failures > 0 ? "start_failed" : "child_started"} ${record.id}`);
    if (failures === 0) record.startedAt = this.#now;
    return failures === 0;
  }

  #ended(record: Record, kind: string): void {
    const ranFor = this.#now - (record.startedAt ?? this.#now);
    if (ranFor >= (record.backoff?.resetMs ?? 0)) record.step = 0;
    delete record.startedAt;
    record.state = "stopped";
    this.told.push(`child_exited ${record.id} ${kind}`);
  }

  #terminate(record: Record): void {
    const wasRunning = record.state === "running";
    record.state = "stopped";
    if (!wasRunning) return;
    this.#ended(record, "shutdown");
    this.told.push(`child_stopped ${record.id}`);
  }

  #recover(record: Record): void {
    const oldest = this.#now - this.intensity.maxSeconds * 1000;
    this.#times = [...this.#times.filter((time) => time >= oldest), this.#now];
    if (this.#times.length > this.intensity.maxRestarts) {
      this.told.push(`intensity_exceeded ${record.id}`);
      this.stop();
      return;
    }
    record.state = "restarting";
    this.#takeDown(record);
    const { backoff } = record;
    const delay = backoff ? Math.min(backoff.capMs, backoff.baseMs * 2 ** record.step++) : 0;
    this.told.push(`restart_scheduled ${record.id} ${delay}`);
    record.dueAt = this.#now + delay;
    record.turn = this.#turns++;
    if (delay === 0) this.#retry(record);
  }

  #retry(record: Record): void {
    this.#takeDown(record);
    for (const child of this.#group(record)) {
      if (child.restart === "temporary") continue;
      if (this.#start(child)) continue;
      this.#recover(child);
      return;
    }
  }

  #takeDown(record: Record): void {
    for (const child of this.#group(record).toReversed()) {
      if (child === record) continue;
      this.#terminate(child);
      if (child.restart === "temporary") this.#forget(child);
    }
  }

  #group(record: Record): Record[] {
    if (this.strategy === "one_for_one") return [record];
    return this.strategy === "one_for_all"
      ? [...this.#children]
      : this.#children.slice(this.#children.indexOf(record));
  }

  #forget(record: Record): void {
    this.#children = this.#children.filter((child) => child !== record);
  }
}
