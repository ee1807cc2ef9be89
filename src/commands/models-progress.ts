/** How far a download has come: one line that is written over on a terminal, a line now and then elsewhere. */
import type { Clock } from "../lib/clock.ts";
import type { Notify } from "../lib/notice.ts";
import { formatBytes, formatDuration } from "../lib/text-amount.ts";
import type { PullEvent } from "../models/pull/events.ts";

/** What a terminal shows; see terminal/progress.ts. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

export interface ProgressOptions {
  /** Where there is a terminal to write over. */
  line: ProgressLine | undefined;
  notify: Notify;
  clock: Clock;
}

/** Milliseconds between two looks at a terminal. */
const REDRAW_MS = 100;
/** A log gets a line for each tenth, and not more than one in so many milliseconds. */
const LOG_SHARE = 0.1;
const LOG_MS = 2_000;
/** Of what is so large that nobody has told how large. */
const LOG_BYTES = 1_000_000_000;
/** The speed is that of the last so many milliseconds. */
const WINDOW_MS = 10_000;

interface Sample {
  at: number;
  bytes: number;
}

/** Bytes per second over the last seconds. */
export class Speed {
  #samples: Sample[] = [];

  /** Takes up that there are so many bytes now; what was there before is no part of the speed. */
  add(at: number, bytes: number): void {
    this.#samples.push({ at, bytes });
    while ((this.#samples[1]?.at ?? at) < at - WINDOW_MS) this.#samples.shift();
  }

  reset(): void {
    this.#samples = [];
  }

  /** Undefined as long as too little was seen. */
  perSecond(): number | undefined {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < 500) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }
}

/** `45 % of 4.1 GB, 12 MB/s, 3 min 20 s left`. */
export function describeProgress(
  bytes: number,
  total: number | undefined,
  perSecond: number | undefined,
): string {
  const share = total === undefined ? "" : `${Math.floor((100 * bytes) / Math.max(1, total))} % of `;
  const speed = perSecond === undefined ? "" : `, ${formatBytes(perSecond)}/s`;
  const left =
    total === undefined || !perSecond ? "" : `, ${formatDuration((total - bytes) / perSecond)} left`;
  return `${share}${formatBytes(total ?? bytes)}${speed}${left}`;
}

/** Tells events of a download. `end` takes the line away. */
export function tellProgress(options: ProgressOptions): { tell(event: PullEvent): void; end(): void } {
  const { line, notify, clock } = options;
  const speed = new Speed();
  const show = line ? redrawn(line, clock) : logged(notify, clock);
  const say = (text: string) => {
    line?.clear();
    notify("warn", text);
  };
  let name = "";
  return {
    tell(event) {
      switch (event.type) {
        case "planned":
          name = event.name;
          return;
        case "checking":
          return line?.show(
            `checking what is there: ${describeProgress(event.bytes, event.totalBytes, undefined)}`,
          );
        case "progress":
          speed.add(clock.now(), event.bytes);
          return show(
            event,
            () => `${describeProgress(event.bytes, event.totalBytes, speed.perSecond())}: ${name}`,
          );
        case "restarted":
          speed.reset();
          return say(`${name} is pulled from its beginning: ${event.why}`);
        case "retrying": {
          const { error, attempt, delayMs } = event.retrying;
          speed.reset();
          return say(
            `${error.message}; trying again in ${(delayMs / 1000).toFixed(1)} s (attempt ${attempt})`,
          );
        }
      }
    },
    end: () => line?.clear(),
  };
}

type Show = (event: { bytes: number; totalBytes?: number }, text: () => string) => void;

function redrawn(line: ProgressLine, clock: Clock): Show {
  let last = Number.NEGATIVE_INFINITY;
  return (_, text) => {
    if (clock.now() - last < REDRAW_MS) return;
    last = clock.now();
    line.show(text());
  };
}

/** What is quick needs no line. */
function logged(notify: Notify, clock: Clock): Show {
  let last: { at: number; step: number } | undefined;
  return ({ bytes, totalBytes }, text) => {
    const step = Math.floor(
      bytes / (totalBytes === undefined ? LOG_BYTES : Math.max(1, totalBytes * LOG_SHARE)),
    );
    last ??= { at: clock.now(), step };
    // The end is told by what comes after it.
    const isOver = bytes === totalBytes;
    if (isOver || step <= last.step || clock.now() - last.at < LOG_MS) return;
    last = { at: clock.now(), step };
    notify("warn", text());
  };
}
