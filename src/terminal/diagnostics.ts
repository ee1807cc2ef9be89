/** Standard error: everything that is not the answer, a line each. */
import type { ConsolaInstance } from "consola/core";
import type { NoticeLevel, Notify } from "../lib/notice.ts";
import { noticeLine } from "./notice-line.ts";

export interface Diagnostics {
  notify: Notify;
  /** Resolves when everything said so far is written; to be awaited before the process ends. */
  flush(): Promise<void>;
}

export interface DiagnosticsOptions {
  /** The least level that is shown. */
  least: NoticeLevel;
  colour: boolean;
  /** Writes a line with its newline; to standard error when absent. */
  write?: (line: string) => void;
}

/** consola's numbers. */
const LEVELS: Readonly<Record<NoticeLevel, number>> = { error: 0, warn: 1, info: 3 };

/**
 * The least level that is shown. Without a flag that is everything on a terminal, and without a terminal what a log
 * should keep; `-q` shows errors only, `-v` everything.
 */
export function leastLevel(flags: { quiet: boolean; verbose: boolean }, isTerminal: boolean): NoticeLevel {
  if (flags.quiet) return "error";
  return flags.verbose || isTerminal ? "info" : "warn";
}

/** Opens standard error. */
export function openDiagnostics({ least, colour, write = writeToStderr }: DiagnosticsOptions): Diagnostics {
  let consola: Promise<ConsolaInstance> | undefined;
  let last: Promise<void> = Promise.resolve();
  return {
    notify(level, text) {
      if (LEVELS[level] > LEVELS[least]) return;
      consola ??= openConsola(LEVELS[least], (type, line) => write(noticeLine(type, line, colour)));
      const opened = consola;
      last = last.then(async () => (await opened)[level](text));
    },
    flush: () => last,
  };
}

/** consola is loaded at the first notice that is shown: most runs have none. Its core takes 5 ms, the whole 22 ms. */
async function openConsola(level: number, tell: Notify): Promise<ConsolaInstance> {
  const { createConsola } = await import("consola/core");
  return createConsola({
    level,
    throttle: 0,
    reporters: [{ log: ({ type, args }) => tell(isNoticeLevel(type) ? type : "error", args.join(" ")) }],
  });
}

function isNoticeLevel(type: string): type is NoticeLevel {
  return type in LEVELS;
}

/** Synchronous, so that the last line before the end of the process is not lost. */
function writeToStderr(line: string): void {
  try {
    process.getBuiltinModule("node:fs").writeSync(2, line);
  } catch {
    // Nobody reads standard error any more: there is nowhere left to say so.
  }
}
