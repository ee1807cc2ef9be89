/** How far a tool has come, as its server tells it: on a line that is written over, a few times a second at most. */
import { type Clock, systemClock } from "../../lib/clock.ts";
import { singleLine } from "../../lib/text-layout.ts";
import type { ProgressLine } from "./progress.ts";

export interface ToolNews {
  server: string;
  name: string;
  progress: number;
  total?: number;
  message?: string;
}

export interface ToolProgressOptions {
  clock?: Clock;
  /** Whether the line has to stay away for now, as while the person is asked something. */
  held?: () => boolean;
}

/** Milliseconds from one drawing to the next. */
const REDRAW_MS = 100;
const NAME_COLUMNS = 24;
const BAR_COLUMNS = 10;
/** More of a message is never on the line. */
const LONGEST_MESSAGE = 200;

/** Of several tools the one that told last is shown. `clear` takes the line away; it comes back with the next news. */
export function toolProgress(
  line: ProgressLine,
  { clock = systemClock, held = () => false }: ToolProgressOptions = {},
): { tell(news: ToolNews): void; clear(): void } {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let latest: ToolNews | undefined;
  let cancel: (() => void) | undefined;
  const forget = () => {
    cancel?.();
    cancel = undefined;
    latest = undefined;
  };
  const draw = () => {
    const news = latest;
    forget();
    if (!news || held()) return;
    drawnAt = clock.now();
    line.show(wordsOf(news), fractionOf(news));
  };
  return {
    tell(news) {
      if (!line.live) return;
      latest = news;
      const waitMs = drawnAt + REDRAW_MS - clock.now();
      if (waitMs <= 0) draw();
      else cancel ??= clock.setTimer(waitMs, draw);
    },
    clear() {
      forget();
      line.clear();
    },
  };
}

function wordsOf(news: ToolNews): string {
  const { server, name, progress, message = "" } = news;
  const fraction = fractionOf(news);
  const amount = fraction === undefined ? String(Number(progress.toPrecision(6))) : bar(fraction);
  return `${singleLine(`${server}/${name}`, NAME_COLUMNS)} ${amount} ${message.slice(0, LONGEST_MESSAGE)}`;
}

function bar(fraction: number): string {
  const done = Math.floor(fraction * BAR_COLUMNS);
  return `[${"#".repeat(done)}${"-".repeat(BAR_COLUMNS - done)}]`;
}

/** From 0 to 1; undefined where the whole is not known. */
function fractionOf({ progress, total }: ToolNews): number | undefined {
  if (total === undefined || !(total > 0)) return undefined;
  return Math.min(1, Math.max(0, progress / total));
}
