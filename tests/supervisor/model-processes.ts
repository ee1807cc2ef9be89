/** The processes of the reference model: what lives and dies, whatever the supervisor knows of it. */
import type { Exit, HealthProbe } from "../../src/supervisor/spec.ts";
import type { Conduct } from "./conduct.ts";
import type { Turns, Work } from "./turns.ts";

export interface Process {
  id: string;
  ended?: Exit["kind"];
  /** Asked for signs of life. */
  watched: boolean;
}

/** How long the supervisor waits for what it has killed. */
const LEAK_AFTER_MS = 2000;

export class Processes {
  readonly #turns: Turns;
  readonly #conduct: Conduct;
  readonly #all: Process[] = [];

  constructor(turns: Turns, conduct: Conduct) {
    this.#turns = turns;
    this.#conduct = conduct;
  }

  spawn(id: string): Process {
    const process: Process = { id, watched: true };
    this.#all.push(process);
    return process;
  }

  /** How many live under this name, leaked ones too. */
  living(id: string): number {
    return this.#all.filter((process) => process.id === id && !process.ended).length;
  }

  /** Ends the last process of this name as if by itself; undefined when it does not live. */
  crash(id: string, kind: Exit["kind"]): Process | undefined {
    const process = this.#all.findLast((one) => one.id === id);
    if (!process || process.ended) return undefined;
    process.ended = kind;
    return process;
  }

  /** Asks, waits, kills, waits. */
  *end(process: Process, shutdown: number | "brutal_kill"): Work<"stopped" | "killed" | "leaked"> {
    const over = () => process.ended !== undefined;
    if (shutdown !== "brutal_kill") {
      if (this.#conduct.mannersOf(process.id) === "polite") process.ended ??= "shutdown";
      if (!over()) yield { until: this.#turns.now + shutdown, over };
      if (over()) return "stopped";
    }
    if (this.#conduct.mannersOf(process.id) !== "immortal") process.ended ??= "killed";
    if (!over()) yield { until: this.#turns.now + LEAK_AFTER_MS, over };
    return over() ? "killed" : "leaked";
  }

  /** Asks for signs of life until so many in a row have not come. */
  watch(process: Process, health: Omit<HealthProbe<unknown>, "check">, onHung: () => void): void {
    let missed = 0;
    const whenWatched = (ms: number, act: () => void) =>
      this.#turns.after(ms, () => {
        if (process.watched) act();
      });
    const plan = () => whenWatched(health.everyMs, ask);
    const ask = () => {
      if (this.#conduct.isMute(process.id)) return whenWatched(health.timeoutMs, miss);
      missed = 0;
      plan();
    };
    const miss = () => {
      missed++;
      if (missed < health.misses) plan();
      else onHung();
    };
    plan();
  }
}
