/**
 * What is written down of a running mcpchat, a small file each in the state folder: how to reach it, and which process
 * groups it has, so that a later run can end what an earlier one left.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensurePrivateFolder, writePrivateFile } from "../lib/file.ts";
import { killGroup } from "../process/group.ts";
import { startTimeOf } from "../process/identity.ts";

interface Identity {
  pid: number;
  startTime: string;
}

export interface RunRecord extends Identity {
  /** The socket that answers questions; a one-shot run has none. */
  socket?: string;
  groups: Identity[];
}

/** The folder of the records, below the state folder. */
export function runFolder(stateFolder: string): string {
  return join(stateFolder, "run");
}

export function recordFile(folder: string, pid: number): string {
  return join(folder, `${pid}.json`);
}

export function writeRecord(folder: string, record: RunRecord): void {
  ensurePrivateFolder(folder);
  writePrivateFile(recordFile(folder, record.pid), JSON.stringify(record));
}

export function removeRecord(folder: string, { pid, socket }: { pid: number; socket?: string }): void {
  rmSync(recordFile(folder, pid), { force: true });
  if (socket !== undefined) rmSync(socket, { force: true });
}

/** Identifies a live process; undefined where the system does not tell. */
export function identityOf(pid: number): Identity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

function isAlive({ pid, startTime }: Identity): boolean {
  return startTimeOf(pid) === startTime;
}

/** The records of those that run. What others have left is ended and forgotten. */
export function liveRecords(folder: string): RunRecord[] {
  const records = readRecords(folder);
  for (const record of records) {
    if (isAlive(record)) continue;
    for (const group of record.groups) if (isAlive(group)) killGroup(group.pid);
    removeRecord(folder, record);
  }
  return records.filter(isAlive);
}

function readRecords(folder: string): RunRecord[] {
  return namesIn(folder).flatMap((name) => {
    const record = readRecord(join(folder, name));
    return record ? [record] : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    return [];
  }
}

/** Half a record, or none, is what a crash while writing leaves: nothing can be done with it. */
function readRecord(file: string): RunRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is RunRecord {
  if (!isIdentity(value) || !("groups" in value)) return false;
  return Array.isArray(value.groups) && value.groups.every(isIdentity);
}

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== "object" || value === null || !("pid" in value) || !("startTime" in value))
    return false;
  return Number.isSafeInteger(value.pid) && typeof value.startTime === "string";
}
