/** A log of JSON lines that never grows for ever: a full file becomes `.1`, what was `.1` becomes `.2`, and so on. */
import { appendFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ensurePrivateFolder } from "./file.ts";
import { jsonText } from "./json-text.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "off"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogFile {
  write(level: Exclude<LogLevel, "off">, entry: object): void;
}

export interface LogFileOptions {
  file: string;
  least: LogLevel;
  /** Milliseconds since the Unix epoch. */
  wall: () => number;
  largestBytes?: number;
  /** How many old files are kept. */
  kept?: number;
}

const LARGEST_BYTES = 1024 * 1024;
const KEPT = 3;

/**
 * Nothing is opened before the first line. A log that cannot be written is given up in silence: it is there to help,
 * and its failure must not become the failure of what it tells of.
 */
export function openLogFile(options: LogFileOptions): LogFile {
  const { file, least, wall, largestBytes = LARGEST_BYTES, kept = KEPT } = options;
  const threshold = LOG_LEVELS.indexOf(least);
  let size: number | undefined;
  let broken = false;
  const append = (line: string) => {
    size ??= openFolder(file);
    if (size > 0 && size + line.length > largestBytes) {
      rotate(file, kept);
      size = 0;
    }
    appendFileSync(file, line, { mode: 0o600 });
    size += Buffer.byteLength(line);
  };
  return {
    write(level, entry) {
      if (broken || LOG_LEVELS.indexOf(level) < threshold) return;
      const time = new Date(wall()).toISOString();
      try {
        append(`${jsonText({ time, level, pid: process.pid, ...entry })}\n`);
      } catch {
        broken = true;
      }
    },
  };
}

/** The size of the log as it is. */
function openFolder(file: string): number {
  ensurePrivateFolder(dirname(file));
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Another process may rotate at the same time: what is gone already is no fault. */
function rotate(file: string, kept: number): void {
  const name = (index: number) => (index === 0 ? file : `${file}.${index}`);
  rmSync(name(kept), { force: true });
  for (let index = kept - 1; index >= 0; index--) {
    try {
      renameSync(name(index), name(index + 1));
    } catch {
      // Not there.
    }
  }
}
