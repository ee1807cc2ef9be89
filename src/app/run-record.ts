/**
 * What is written down of a running mcpchat, a small file each in the state folder: how to reach it, and which process
 * groups it has, so that a later run can end what an earlier one left.
 */
import { readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensurePrivateFolder, writePrivateFile } from "../lib/file.ts";
import { killGroup } from "../process/group.ts";
import { hostIdentity, isUnclaimed, startTimeOf } from "../process/identity.ts";

interface Identity {
  pid: number;
  startTime: string;
}

export interface RunRecord extends Identity {
  /** Where its process numbers mean something: a home folder may be shared with containers and other machines. */
  host: string;
  /** Milliseconds since the Unix epoch. */
  startedAt: number;
  /** The socket that answers questions; a one-shot run has none. */
  socket?: string;
  groups: Identity[];
}

/** The folder of the records, below the state folder. */
export function runFolder(stateFolder: string): string {
  return join(stateFolder, "run");
}

/** Where a run is written down. Runs of other hosts may have the same number, hence the host in the name. */
export function recordFile(folder: string, { pid, host }: Pick<RunRecord, "pid" | "host">): string {
  return join(folder, `${runName(pid, host)}.json`);
}

/** What the files of a run are called. */
export function runName(pid: number, host: string): string {
  return `${pid}-${new Bun.CryptoHasher("sha256").update(host).digest("hex").slice(0, 8)}`;
}

export function writeRecord(folder: string, record: RunRecord): void {
  ensurePrivateFolder(folder);
  writePrivateFile(recordFile(folder, record), JSON.stringify(record));
}

export function removeRecord(folder: string, record: Pick<RunRecord, "pid" | "host" | "socket">): void {
  rmSync(recordFile(folder, record), { force: true });
  if (record.socket !== undefined) removeSocket(folder, record.socket);
}

/** Removes a socket, and the folder that was made for it alone where it would not go in the folder of the records. */
export function removeSocket(folder: string, socket: string): void {
  rmSync(socket, { force: true });
  if (dirname(socket) === folder) return;
  try {
    rmdirSync(dirname(socket));
  } catch {
    // It is gone already, or somebody else uses it.
  }
}

/** Identifies a live process; undefined where the system does not tell. */
export function identityOf(pid: number): Identity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

function isAlive({ pid, startTime }: Identity): boolean {
  return startTimeOf(pid) === startTime;
}

/** The records of those that run on this host. What others of this host have left is ended and forgotten. */
export function liveRecords(folder: string): RunRecord[] {
  const host = hostIdentity();
  // Of another host we cannot tell who lives.
  const records = readRecords(folder).filter((record) => record.host === host);
  for (const record of records) {
    if (!isAlive(record)) sweep(folder, record);
  }
  return records.filter(isAlive);
}

/**
 * A leader that is gone is the usual case: a server that npx started outlives it. While a member lives, the system gives
 * the number of the group to no new process (POSIX, fork), so that a group under a free number is the one that was
 * written down. A number that another process has by now was free in between, so that the group was empty.
 */
function sweep(folder: string, record: RunRecord): void {
  for (const { pid, startTime } of record.groups) if (isUnclaimed(pid, startTime)) killGroup(pid);
  removeRecord(folder, record);
}

function readRecords(folder: string): RunRecord[] {
  return namesIn(folder).flatMap((name) => {
    const record = readRecord(join(folder, name));
    return record ? [record] : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+-[0-9a-f]+\.json$/.test(name));
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
  if (!isIdentity(value) || !("groups" in value && "host" in value && "startedAt" in value)) return false;
  if (typeof value.host !== "string" || typeof value.startedAt !== "number") return false;
  if ("socket" in value && typeof value.socket !== "string") return false;
  return Array.isArray(value.groups) && value.groups.every(isIdentity);
}

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== "object" || value === null || !("pid" in value) || !("startTime" in value))
    return false;
  return Number.isSafeInteger(value.pid) && typeof value.startTime === "string";
}
