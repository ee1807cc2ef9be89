/** Standard error: everything that is not the answer, a line each: `mcpchat: what happened; what to do`. */
import { writeSync } from "node:fs";
import type { ConsolaInstance } from "consola/core";
import type { NoticeLevel, Notify } from "../lib/notice.ts";
import { sanitize } from "../lib/text-sanitize.ts";
import { usesColour } from "./colour.ts";
import { type StreamKind, streamKind } from "./stream-kind.ts";

export interface NoticeOptions {
  environment?: Readonly<Record<string, string | undefined>>;
  kind?: StreamKind;
  /** Writes a line with its newline; to standard error when absent. */
  write?: (line: string) => void;
}

interface Loudness {
  quiet?: boolean;
  verbose?: boolean;
}

/** consola's numbers. */
const LEVELS: Readonly<Record<NoticeLevel, number>> = { error: 0, warn: 1, info: 3 };
const PAINT: Readonly<Record<NoticeLevel, string>> = { error: "\x1b[31m", warn: "\x1b[33m", info: "\x1b[2m" };
const RESET = "\x1b[0m";

/**
 * Returns the function that tells notices; a line is written when it returns. Without a flag everything is shown on a
 * terminal, and without a terminal what a log should keep: warnings and errors. `-q` shows errors only, `-v` everything.
 */
export function openNotices(
  loudness: Loudness,
  { environment = process.env, kind = streamKind(2), write = writeToStderr }: NoticeOptions = {},
): Notify {
  const least = leastLevel(loudness, kind);
  const colour = usesColour(environment, kind);
  const tell: Notify = (level, text) => write(noticeLine(level, text, colour));
  let consola: ConsolaInstance | undefined;
  return (level, text) => {
    if (LEVELS[level] > LEVELS[least]) return;
    consola ??= openConsola(LEVELS[least], tell);
    consola[level](text);
  };
}

function leastLevel({ quiet, verbose }: Loudness, kind: StreamKind): NoticeLevel {
  if (quiet) return "error";
  return verbose || kind === "terminal" ? "info" : "warn";
}

/** One line. Whatever `text` holds, no escape sequence of a server reaches the terminal. */
function noticeLine(level: NoticeLevel, text: string, colour: boolean): string {
  const line = sanitize(text)
    .replace(/\s*\n\s*/g, " ")
    .trim();
  return colour ? `${PAINT[level]}mcpchat:${RESET} ${line}\n` : `mcpchat: ${line}\n`;
}

/** Loads consola at the first notice that is shown: most runs have none. Its core takes 5 ms, the whole 22 ms. */
function openConsola(level: number, tell: Notify): ConsolaInstance {
  // A require, because a notice is written before the call returns; its type is that of the same module.
  const { createConsola } = require("consola/core") as typeof import("consola/core");
  const log = ({ type, args }: { type: string; args: unknown[] }) =>
    tell(isNoticeLevel(type) ? type : "error", args.join(" "));
  return createConsola({ level, throttle: 0, reporters: [{ log }] });
}

function isNoticeLevel(type: string): type is NoticeLevel {
  return type in LEVELS;
}

/** Synchronous, so that the last line before the end of the process is not lost. Expects text that is safe. */
export function writeToStderr(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // Nobody reads standard error any more: there is nowhere left to say so.
  }
}
