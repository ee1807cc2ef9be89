/** Whether there is a place for a model, before it is pulled. */
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
  const margin = Math.min(MOST_MARGIN_BYTES, space.totalBytes * MARGIN);
  if (bytes + margin <= space.freeBytes) return;
  const free = formatBytes(space.freeBytes);
  throw new PullError("no_room", `${folder} has no room for ${formatBytes(bytes)} more: ${free} are free`, {
    advice: "remove what is not needed (mcpchat models rm), or name another folder with models.folder",
  });
}

/** Throws PullError `too_large` when the weights alone are more than this machine could ever hold. */
export function checkFits(name: string, bytes: number, { totalBytes }: AvailableMemory): void {
  if (bytes <= totalBytes) return;
  const sizes = `${formatBytes(bytes)} of memory for its weights alone, and there are ${formatBytes(totalBytes)}`;
  throw new PullError("too_large", `${name} needs ${sizes}`, {
    advice: "choose a smaller model or quantisation, or pull it all the same with --force",
  });
}
