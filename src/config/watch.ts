/**
 * Says when one of some files may have changed. Watches folders, not files, because editors replace files; and the
 * nearest folder that exists, so that one created later, or deleted and created again, is noticed too.
 */
import fs from "node:fs";
import path from "node:path";
import type { Clock } from "../lib/clock.ts";

/** Editors write in several steps; what they leave is read once they are through. */
const DEBOUNCE_MS = 50;

/**
 * Calls `changed` some time after a change to any of the files, once for many changes at once. The returned
 * function ends it. A folder that cannot be watched is left out: configuration then changes at the next start.
 */
export function watchFiles(files: readonly string[], changed: () => void, clock: Clock): () => void {
  let watchers: fs.FSWatcher[] = [];
  let cancelTimer: (() => void) | undefined;
  let ended = false;

  const closeAll = () => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  };
  const arm = () => {
    closeAll();
    watchers = [...watchedNames(files)].flatMap(([folder, names]) => openWatcher(folder, names, schedule));
  };
  const schedule = () => {
    if (ended) return;
    cancelTimer?.();
    cancelTimer = clock.setTimer(DEBOUNCE_MS, () => {
      cancelTimer = undefined;
      // Armed first: what changes between arming and reading is then read, or told again.
      arm();
      changed();
    });
  };

  arm();
  return () => {
    ended = true;
    cancelTimer?.();
    closeAll();
  };
}

function openWatcher(folder: string, names: ReadonlySet<string>, schedule: () => void): fs.FSWatcher[] {
  try {
    const watcher = fs.watch(folder, { persistent: false }, (_event, name) => {
      if (name === null || names.has(name)) schedule();
    });
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}

/**
 * For each folder to watch the names in it that matter: a file's own folder and the one above, as only that one
 * tells that the folder came or went; or else the nearest that exists.
 */
function watchedNames(files: readonly string[]): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  const add = (folder: string, file: string) => {
    const [name = ""] = path.relative(folder, file).split(path.sep);
    folders.set(folder, (folders.get(folder) ?? new Set()).add(name));
  };
  for (const file of withTargets(files)) {
    const folder = nearestFolder(path.dirname(file));
    add(folder, file);
    add(path.dirname(folder), file);
  }
  return folders;
}

/** The files, and where those that are symbolic links lead. */
function withTargets(files: readonly string[]): Set<string> {
  const all = new Set(files);
  for (const file of files) {
    if (fs.existsSync(file)) all.add(fs.realpathSync(file));
  }
  return all;
}

function nearestFolder(folder: string): string {
  let nearest = folder;
  while (!fs.existsSync(nearest) && path.dirname(nearest) !== nearest) nearest = path.dirname(nearest);
  return nearest;
}
