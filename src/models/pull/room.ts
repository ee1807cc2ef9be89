/** Whether there is a place for a model: before it is pulled, and while it comes where nobody tells how large it is. */
import { statfsSync } from "node:fs";
import { formatBytes } from "../../lib/text-amount.ts";
import type { AvailableMemory } from "../memory.ts";
import { PullError } from "./problem.ts";

export interface DiskSpace {
  freeBytes: number;
  totalBytes: number;
}

/** A full disk harms more than a model: this share of it stays free, but not more than that many bytes. */
const MARGIN = 0.01;
const MOST_MARGIN_BYTES = 256 * 1024 * 1024;
/** The disk is looked at again after so much, as others fill it too. */
const LOOK_BYTES = 64 * 1024 * 1024;

/** Of the disk that a folder lies on, for this user; undefined where the system does not tell. */
export function diskSpace(folder: string): DiskSpace | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return blocks > 0 ? { freeBytes: bavail * bsize, totalBytes: blocks * bsize } : undefined;
  } catch {
    return undefined;
  }
}

/** Throws PullError `no_room` when `bytes` more would not go on the disk. */
export function checkDisk(folder: string, bytes: number, space: DiskSpace | undefined): void {
  if (!space || bytes === 0) return;
  if (bytes <= usableBytes(space)) return;
  const free = formatBytes(space.freeBytes);
  throw new PullError("no_room", `${folder} has no room for ${formatBytes(bytes)} more: ${free} are free`, {
    advice: "remove what is not needed (mcpchat models rm), or name another folder with models.folder",
  });
}

function usableBytes({ freeBytes, totalBytes }: DiskSpace): number {
  return freeBytes - Math.min(MOST_MARGIN_BYTES, totalBytes * MARGIN);
}

/** Throws PullError `too_large` when the weights alone are more than this machine could ever hold. */
export function checkFits(name: string, bytes: number, { totalBytes }: AvailableMemory): void {
  if (bytes <= totalBytes) return;
  const sizes = `${formatBytes(bytes)} of memory for its weights alone, and there are ${formatBytes(totalBytes)}`;
  throw new PullError("too_large", `${name} needs ${sizes}`, {
    advice: "choose a smaller model or quantisation, or pull it all the same with --force",
  });
}

/** What a model of unknown size may take. */
export interface Limits {
  name: string;
  folder: string;
  /** Absent where it does not matter. */
  memory?: AvailableMemory | undefined;
  space: (folder: string) => DiskSpace | undefined;
}

/** Throws PullError `too_large` or `no_room` when a model may not have `bytes` in all, `more` of them not yet written. */
export type CheckGrowth = (bytes: number, more: number) => void;

/** To be asked before each piece: memory is compared each time, the disk looked at when what it had may be used up. */
export function watchGrowth({ name, folder, memory, space }: Limits): CheckGrowth {
  let granted = 0;
  return (bytes, more) => {
    if (memory && bytes > memory.totalBytes) throw grownTooLarge(name, memory);
    granted -= more;
    if (granted >= 0) return;
    const found = space(folder);
    const usable = found ? usableBytes(found) : Number.POSITIVE_INFINITY;
    if (found && more > usable) throw grownOutOfRoom(folder, more, found);
    granted = Math.min(LOOK_BYTES, usable) - more;
  };
}

function grownTooLarge(name: string, { totalBytes }: AvailableMemory): PullError {
  const message = `${name} needs more memory for its weights alone than the ${formatBytes(totalBytes)} that there are`;
  return new PullError("too_large", message, {
    advice: "choose a smaller model, or pull it all the same with --force: what is there is kept",
  });
}

/** Free bytes alone would not explain it: most of what is free at that moment is the margin. */
function grownOutOfRoom(folder: string, more: number, space: DiskSpace): PullError {
  const [free, margin] = [space.freeBytes, space.freeBytes - usableBytes(space)].map((bytes) =>
    formatBytes(bytes),
  );
  const message = `${folder} has no room for ${formatBytes(more)} more: ${free} are free, of which ${margin} stay so`;
  return new PullError("no_room", message, {
    advice: "make room (mcpchat models rm) and pull it again: what is there is kept",
  });
}
