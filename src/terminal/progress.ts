/**
 * One line on standard error for what is waited for: written over as it goes on, and gone when it is over. Without a
 * terminal it is a plain line, and only for what takes a while.
 */
import { writeSync } from "node:fs";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Notify } from "../lib/notice.ts";
import { singleLine } from "../lib/text-layout.ts";
import { type StreamKind, streamKind } from "./stream-kind.ts";

export interface ProgressOptions {
  /** Shows nothing at all. */
  quiet: boolean;
  /** Tells the line where there is no terminal to write over. */
  notify: Notify;
  environment?: Readonly<Record<string, string | undefined>>;
  kind?: StreamKind;
  /** Writes to the terminal; to standard error when absent. */
  write?: (text: string) => void;
  clock?: Clock;
}

interface Progress {
  /** Whether there is a terminal to write over. */
  readonly live: boolean;
  /** `fraction` goes from 0 to 1. */
  show(text: string, fraction?: number): void;
  clear(): void;
}

/** What is over sooner than this, in milliseconds, needs no line in a log. */
const WORTH_A_LINE_MS = 2000;
/** Narrower than any terminal, so that the line never wraps: a wrapped one could not be written over. */
const COLUMNS = 56;

export function openProgress(options: ProgressOptions): Progress {
  const { quiet, environment = process.env, kind = streamKind(2) } = options;
  if (quiet) return { live: false, show: () => {}, clear: () => {} };
  return kind === "terminal" && environment.TERM !== "dumb" ? overwritten(options) : toldOnce(options);
}

/** By a carriage return and blanks alone, which are no escape sequence: NO_COLOR asks for none. */
function overwritten({ write = writeToStderr }: ProgressOptions): Progress {
  let shown = "";
  const put = (text: string) => {
    if (text === shown) return;
    write(`\r${text}${" ".repeat(Math.max(0, Bun.stringWidth(shown) - Bun.stringWidth(text)))}`);
    shown = text;
  };
  return {
    live: true,
    show(text, fraction) {
      const share = fraction === undefined ? "" : ` ${Math.floor(fraction * 100)} %`;
      put(singleLine(text, COLUMNS - share.length) + share);
    },
    clear() {
      if (shown === "") return;
      put("");
      write("\r");
    },
  };
}

function toldOnce({ notify, clock = systemClock }: ProgressOptions): Progress {
  let cancel: (() => void) | undefined;
  return {
    live: false,
    show(text) {
      cancel ??= clock.setTimer(WORTH_A_LINE_MS, () => notify("warn", `${text} ...`));
    },
    clear() {
      cancel?.();
      cancel = undefined;
    },
  };
}

function writeToStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads standard error any more.
  }
}
