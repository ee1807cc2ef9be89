/** Watches what the process gets of the processors while a model works, and sets the number of threads by it. */
import type { Llama } from "node-llama-cpp";
import { firstPace, nextPace, type Pace } from "./pace.ts";

/** Long enough for the system's accounts, which count in steps of some milliseconds. */
const WINDOW_MS = 120;

export class Pacer {
  readonly #llama: Pick<Llama, "maxThreads">;
  readonly #most: number;
  #pace: Pace;
  #beganMs = 0;
  #began = process.cpuUsage();
  #timer: NodeJS.Timeout | undefined;
  #users = 0;
  #tokens = 0;

  constructor(llama: Pick<Llama, "maxThreads">, most: number) {
    this.#llama = llama;
    this.#most = most;
    this.#pace = firstPace(most);
  }

  /** Work begins; llama.cpp does it beside this thread. The returned function ends it; after the last all threads may be used. */
  start(): () => void {
    this.#users++;
    if (this.#users === 1) this.#begin();
    return () => {
      this.#users--;
      if (this.#users === 0) this.#end();
    };
  }

  /** To be told what was generated. */
  generated(tokens: number): void {
    this.#tokens += tokens;
  }

  #begin(): void {
    // What another answer was like says nothing of this one's first moments.
    const { before: _, ...pace } = this.#pace;
    this.#pace = pace;
    this.#llama.maxThreads = this.#pace.threads;
    this.#restart(performance.now());
    this.#timer = setInterval(() => this.#step(), WINDOW_MS);
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#llama.maxThreads = this.#most;
  }

  #step(): void {
    const nowMs = performance.now();
    const { user, system } = process.cpuUsage(this.#began);
    const processors = (user + system) / 1000 / (nowMs - this.#beganMs);
    this.#pace = nextPace(this.#pace, { nowMs, processors, tokens: this.#tokens }, this.#most);
    this.#llama.maxThreads = this.#pace.threads;
    this.#restart(nowMs);
  }

  #restart(nowMs: number): void {
    this.#tokens = 0;
    this.#beganMs = nowMs;
    this.#began = process.cpuUsage();
  }
}
