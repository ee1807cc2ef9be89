/**
 * What a person hears of the crashes of the inference process: of each once. Whoever waits for the process is told by what
 * they wait for; of a crash that nobody felt a person is told when the process is back, and of any when it is given up.
 */
import type { Clock } from "../lib/clock.ts";
import type { Notify } from "../lib/notice.ts";
import type { HostEnd } from "./host-child.ts";
import type { ModelProblem } from "./problem.ts";

export class HostLives {
  readonly #notify: Notify;
  readonly #clock: Clock;
  /** The last crash, when the first one came after it was last up, and whether somebody was told of each. */
  #crash: { end: HostEnd; since: number; told: boolean } | undefined;

  constructor(notify: Notify, clock: Clock) {
    this.#notify = notify;
    this.#clock = clock;
  }

  up(): void {
    if (!this.#crash) return;
    const ms = Math.round(this.#clock.now() - this.#crash.since);
    const { end, told } = this.#crash;
    this.#crash = undefined;
    if (!told) this.#notify("warn", `the inference process crashed (${end.reason}), restarted in ${ms} ms`);
  }

  /** `told`: somebody waits, and will be told. */
  down(end: HostEnd, told: boolean): void {
    if (end.asked) return;
    const { since = this.#clock.now(), told: before = true } = this.#crash ?? {};
    this.#crash = { end, since, told: told && before };
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
