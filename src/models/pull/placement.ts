/** The places of a model's files in the folder: what is there already, and how what was loaded gets there. */
import { createReadStream, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { readFileName } from "../names.ts";
import { partialPath, removePartialRecord } from "../partial.ts";
import type { PlannedPart, PullPlan } from "./plan.ts";
import { diskError, PullError } from "./problem.ts";

/** The SHA-256 of parts that are in their places; null where there is nothing to compare it with. */
export type Digests = ReadonlyMap<PlannedPart, string | null>;

/**
 * The parts that are there already, each compared by its size and checksum. Throws PullError `exists` when another
 * model has the name, and what the signal says.
 */
export async function findPresent(folder: string, plan: PullPlan, signal: AbortSignal): Promise<Digests> {
  const present = new Map<PlannedPart, string | null>();
  for (const part of plan.parts) {
    const file = join(folder, part.fileName);
    const bytes = sizeOf(file);
    if (bytes === undefined) continue;
    // Without a size there is no telling, and what is there is not to be lost.
    if (bytes !== part.size) throw taken(plan);
    const digest = part.sha256 === undefined ? null : await digestOf(file, signal);
    if (digest !== null && digest !== part.sha256) throw taken(plan);
    present.set(part, digest);
  }
  const planned = new Set(plan.parts.map(({ fileName }) => fileName));
  const others = filesNamed(folder, plan.name).filter((fileName) => !planned.has(fileName));
  if (others.length > 0) throw taken(plan);
  return present;
}

/** How much is still to be loaded of these parts, in bytes, as far as their sizes are known. */
export function missingBytes(folder: string, parts: readonly PlannedPart[]): number {
  return parts.reduce((bytes, { fileName, size = 0 }) => {
    const there = sizeOf(partialPath(join(folder, fileName))) ?? 0;
    return bytes + Math.max(0, size - there);
  }, 0);
}

/** What all parts have together at least: those whose size is known. */
export function knownBytes(parts: readonly PlannedPart[]): number {
  return parts.reduce((total, { size = 0 }) => total + size, 0);
}

/** What all parts have together; undefined unless every size is known. */
export function totalBytes(parts: readonly PlannedPart[]): number | undefined {
  const bytes = parts.reduce((total, { size }) => total + (size ?? Number.NaN), 0);
  return Number.isNaN(bytes) ? undefined : bytes;
}

/** How much there is of a part, in its place or beside it. */
export function loadedBytes(folder: string, { fileName }: PlannedPart): number {
  const file = join(folder, fileName);
  return sizeOf(file) ?? sizeOf(partialPath(file)) ?? 0;
}

/** Puts a whole file in its place, in one step. Throws PullError. */
export function settle(folder: string, { fileName }: PlannedPart): void {
  const file = join(folder, fileName);
  try {
    renameSync(partialPath(file), file);
    removePartialRecord(file);
  } catch (error) {
    throw diskError(file, error);
  }
}

function taken({ name }: PullPlan): PullError {
  return new PullError("exists", `there is another model called ${name}`, {
    advice: `pull this one under another name with --name, or remove that one: mcpchat models rm ${name}`,
  });
}

/** Whole files by which a model of this name would be found. */
function filesNamed(folder: string, name: string): string[] {
  try {
    return readdirSync(folder).filter((fileName) => readFileName(fileName)?.name === name);
  } catch (error) {
    throw diskError(folder, error);
  }
}

function sizeOf(file: string): number | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })?.size;
  } catch (error) {
    throw diskError(file, error);
  }
}

async function digestOf(file: string, signal: AbortSignal): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024, signal }))
      hasher.update(chunk);
  } catch (error) {
    signal.throwIfAborted();
    throw diskError(file, error);
  }
  return hasher.digest("hex");
}
