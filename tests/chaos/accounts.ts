/**
 * Who may be killed when, and whether the restarts that follow are those that were caused: every kill is a credit of
 * one restart to the supervisor above, and a restart without a credit is nobody's but a bug's.
 */
import { recordRestart } from "../../src/supervisor/policy.ts";
import type { Intensity, SupervisionEvent } from "../../src/supervisor/spec.ts";
import type { Findings } from "./findings.ts";

export class Accounts {
  /** Starts that failed and were tried again. */
  failedStarts = 0;
  restarts = 0;
  readonly #intensity: Intensity;
  readonly #findings: Findings;
  /** The server that crashes by itself for ever, by its place in the tree. */
  readonly #doomed: string;
  readonly #kills = new Map<string, number[]>();
  readonly #credits = new Map<string, number>();
  readonly #restarts = new Map<string, number[]>();
  readonly #failed = new Set<string>();

  constructor(intensity: Intensity, doomed: string, findings: Findings) {
    this.#intensity = intensity;
    this.#doomed = doomed;
    this.#findings = findings;
  }

  /**
   * Whether this supervisor has enough of its budget left for another kill. Half of it stays untouched: a start that
   * fails, as when a service needs another that was killed in the same moment, counts too.
   */
  mayKill(supervisor: string, now: number): boolean {
    return this.#recent(supervisor, now).length < this.#intensity.maxRestarts / 2;
  }

  /** To be told of each kill of a child of `supervisor`; what was owed below it is void. */
  killed(supervisor: string, id: string, now: number): void {
    this.#kills.set(supervisor, [...this.#recent(supervisor, now), now]);
    this.#credits.set(supervisor, (this.#credits.get(supervisor) ?? 0) + 1);
    for (const path of [...this.#credits.keys()]) {
      if (isWithin(path, `${supervisor}/${id}`)) this.#credits.delete(path);
    }
  }

  readonly hear = (event: SupervisionEvent): void => {
    if (event.type === "child_started") this.#forget(`${event.path}/${event.id}`);
    if (event.type === "start_failed") this.#failed.add(`${event.path}/${event.id}`);
    if (event.type === "restart_scheduled") this.#onRestart(event.path, event.id, event.at);
    if (event.type === "child_leaked") this.#findings.add(`${event.path}/${event.id} has leaked`);
    if (event.type !== "intensity_exceeded" || event.path === this.#doomed) return;
    this.#findings.add(`${event.path} has spent its budget of restarts on ${event.id}`);
  };

  #onRestart(path: string, id: string, at: number): void {
    this.restarts++;
    this.#count(path, at);
    if (path === this.#doomed) return;
    if (this.#failed.delete(`${path}/${id}`)) {
      this.failedStarts++;
      return;
    }
    const credit = this.#credits.get(path) ?? 0;
    if (credit === 0) this.#findings.add(`${path}/${id} was restarted though nobody had killed it`);
    else this.#credits.set(path, credit - 1);
  }

  #count(path: string, at: number): void {
    const times = recordRestart(this.#restarts.get(path) ?? [], at, this.#intensity);
    this.#restarts.set(path, times);
    const { maxRestarts, maxSeconds } = this.#intensity;
    if (times.length <= maxRestarts) return;
    this.#findings.add(
      `${path} made ${times.length} restarts in ${maxSeconds} s; ${maxRestarts} are allowed`,
    );
  }

  /** A supervisor that has just been started begins with a whole budget, and so do those below it. */
  #forget(path: string): void {
    this.#failed.delete(path);
    for (const one of [...this.#restarts.keys()]) {
      if (isWithin(one, path)) this.#restarts.delete(one);
    }
  }

  #recent(supervisor: string, now: number): number[] {
    const oldest = now - this.#intensity.maxSeconds * 1000;
    return (this.#kills.get(supervisor) ?? []).filter((time) => time >= oldest);
  }
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
