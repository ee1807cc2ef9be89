/**
 * What `mcpchat models bench` has measured, a file in the data folder: the best settings for a model on this machine, so
 * that loading it uses them.
 */
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describeError } from "../lib/errors.ts";
import { readTextFileIfAny, writePrivateFile } from "../lib/file.ts";
import type { Notify } from "../lib/notice.ts";
import type { BenchRow } from "./port.ts";
import { type Check, isCount, isNumber, isObject, isText, listOf, shaped } from "./shapes.ts";

/** A row, and what it was measured with: another file at the same path, or another machine, is another matter. */
interface BenchEntry extends BenchRow {
  path: string;
  bytes: number;
  /** Milliseconds since the Unix epoch. */
  modified: number;
  /** How many processors there were. */
  parallelism: number;
}

export interface BestSettings {
  threads: number;
  batchSize: number;
}

/** A speed that is not lower than the highest by more than this share is as good: fewer threads leave room for others. */
const AS_GOOD = 0.02;
const LARGEST_BYTES = 1024 * 1024;
/** The oldest go first: models come and go. */
const MOST_ENTRIES = 200;

const isPositive: Check = (value) => isCount(value) && value !== 0;

const isEntry = shaped({
  path: isText,
  bytes: isCount,
  modified: isNumber,
  parallelism: isPositive,
  threads: isPositive,
  batchSize: isPositive,
  prompt: isNumber,
  generation: isNumber,
});

export function benchFile(dataFolder: string): string {
  return join(dataFolder, "models.json");
}

/**
 * The best of what was measured: the highest speed of generation, with the fewest threads of those that are as good,
 * and of their batch sizes the one that reads a prompt fastest. Undefined when nothing was measured.
 */
export function bestRow(rows: readonly BenchRow[]): BenchRow | undefined {
  const fastest = Math.max(...rows.map(({ generation }) => generation));
  const good = rows.filter(({ generation }) => generation >= fastest * (1 - AS_GOOD));
  const threads = Math.min(...good.map((row) => row.threads));
  return rows
    .filter((row) => row.threads === threads)
    .reduce<BenchRow | undefined>((best, row) => (best && best.prompt >= row.prompt ? best : row), undefined);
}

/**
 * Writes down the best row for the model with this file; what makes no sense is written over. Throws FileError when it
 * cannot be written.
 */
export function rememberBench(
  file: string,
  path: string,
  best: BenchRow,
  parallelism = availableParallelism(),
): void {
  const { threads, batchSize, prompt, generation } = best;
  const { size: bytes, mtimeMs: modified } = statSync(path);
  const entry = { path, bytes, modified, parallelism, threads, batchSize, prompt, generation };
  const others = readEntries(file).filter(
    (other) => other.path !== path || other.parallelism !== parallelism,
  );
  const kept = [...others, entry].slice(-MOST_ENTRIES);
  writePrivateFile(file, `${JSON.stringify({ bench: kept }, null, 2)}\n`);
}

/** The best settings for a model as it is now, on this machine as it is now; undefined when they were not measured. */
export function bestFor(
  file: string,
  path: string,
  { parallelism = availableParallelism(), notify }: { parallelism?: number; notify: Notify },
): BestSettings | undefined {
  const entries = readEntries(file, notify).filter((entry) => entry.path === path);
  if (entries.length === 0) return undefined;
  const { size: bytes, mtimeMs: modified } = statSync(path, { throwIfNoEntry: false }) ?? {};
  const entry = entries.find(
    (one) => one.bytes === bytes && one.modified === modified && one.parallelism === parallelism,
  );
  return entry && { threads: entry.threads, batchSize: entry.batchSize };
}

/** Empty with a notice when the file makes no sense: it can be measured again. */
function readEntries(file: string, notify: Notify = () => {}): BenchEntry[] {
  try {
    const text = readTextFileIfAny(file, LARGEST_BYTES);
    if (text === undefined) return [];
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value.bench;
    notify("warn", `${file}: is not what mcpchat models bench has written, and is ignored`);
  } catch (error) {
    const why = error instanceof SyntaxError ? `${file}: is damaged` : describeError(error);
    notify("warn", `${why}; what mcpchat models bench has measured is not used`);
  }
  return [];
}

function isRecord(value: unknown): value is { bench: BenchEntry[] } {
  return isObject(value) && listOf(isEntry)(value.bench);
}
