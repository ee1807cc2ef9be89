/** What a person hears of the crashes of the inference process: of each once, when it is back or given up. */
import type { Clock } from "../lib/clock.ts";
import type { Notify } from "../lib/notice.ts";
import type { HostEnd } from "./host-child.ts";
import type { ModelProblem } from "./problem.ts";

export class HostLives {
  readonly #notify: Notify;
  readonly #clock: Clock;
  /** The last crash, and when the first one came after it was last up. */
  #crash: { end: HostEnd; since: number } | undefined;

  constructor(notify: Notify, clock: Clock) {
    this.#notify = notify;
    this.#clock = clock;
  }

  up(): void {
    if (!this.#crash) return;
    const ms = Math.round(this.#clock.now() - this.#crash.since);
    const text = `the inference process crashed (${this.#crash.end.reason}), restarted in ${ms} ms`;
    this.#crash = undefined;
    this.#notify("warn", text);
  }

  down(end: HostEnd): void {
    if (!end.asked) this.#crash = { end, since: this.#crash?.since ?? this.#clock.now() };
  }

  /** Nobody tries any more, for now. */
  rest(): void {
    this.#crash = undefined;
  }

  /** Why it is given up. `failed` instead of `crashed`: trying again at once is what was done already. */
  tooOften(): ModelProblem {
    const { reason = "it does not start", words = "" } = this.#crash?.end ?? {};
    const message = `the inference process crashed too often (${reason})${words === "" ? "" : `: ${words}`}`;
    return { code: "failed", message, advice: "try again in a minute, or use another model" };
  }
}
