/**
 * What local models have evaluated of conversations, kept between runs beside the sessions: a file for each session and
 * model, and one of that name with an ending that says what is in it. They save time and nothing else: what is gone is
 * evaluated again.
 */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ensurePrivateFolder } from "../lib/file.ts";

/** All of them together; the newest are kept. */
const MOST_BYTES = 2_000_000_000;

/** Where the contexts of all sessions are. */
export function contextsFolder(paths: { dataFolder: string }): string {
  return join(paths.dataFolder, "contexts");
}

/**
 * The file for a session with a model, which is another one when the model's file was replaced; its folder is there.
 * Throws FileError, also when the model's file is gone.
 */
export function contextFile(folder: string, sessionId: string, modelPath: string): string {
  ensurePrivateFolder(folder);
  const { size, mtimeMs } = statSync(modelPath);
  const hash = new Bun.CryptoHasher("sha256").update(`${modelPath}\0${size}\0${mtimeMs}`).digest("hex");
  return join(folder, `${sessionId}.${hash.slice(0, 16)}`);
}

/** Removes what is kept of a session. */
export function removeContexts(folder: string, sessionId: string): void {
  for (const { name, path } of filesIn(folder)) {
    if (name.startsWith(`${sessionId}.`)) rmSync(path, { force: true });
  }
}

/** Left behind by a process that was killed while it wrote one, or by one that still does. */
const TEMPORARY = /\.tmp$/;
const TEMPORARY_MS = 3_600_000;

/** Removes the oldest until the rest is no more than `mostBytes`; what belongs together goes together. */
export function sweepContexts(folder: string, mostBytes = MOST_BYTES): void {
  const [temporary, files] = partition(filesIn(folder), ({ name }) => TEMPORARY.test(name));
  for (const { path, modified } of temporary) {
    if (Date.now() - modified > TEMPORARY_MS) rmSync(path, { force: true });
  }
  const contexts = Map.groupBy(files, ({ name }) => name.split(".", 2).join("."));
  const newestFirst = [...contexts.values()].sort((one, other) => lastModified(other) - lastModified(one));
  let bytes = 0;
  for (const context of newestFirst) {
    bytes += context.reduce((sum, { size }) => sum + size, 0);
    if (bytes > mostBytes) for (const { path } of context) rmSync(path, { force: true });
  }
}

function partition<T>(items: readonly T[], isMeant: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isMeant), items.filter((item) => !isMeant(item))];
}

function lastModified(files: readonly ContextFile[]): number {
  return Math.max(...files.map(({ modified }) => modified));
}

interface ContextFile {
  name: string;
  path: string;
  size: number;
  modified: number;
}

function filesIn(folder: string): ContextFile[] {
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const status = statSync(path, { throwIfNoEntry: false });
    return status?.isFile() ? [{ name, path, size: status.size, modified: status.mtimeMs }] : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Nothing was kept yet, or it cannot be seen: there is nothing to remove.
    return [];
  }
}
