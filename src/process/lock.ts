/**
 * Who works on files that others must leave alone meanwhile: a small file that names the process. One whose process has
 * ended, however it ended, is taken over.
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { basename } from "node:path/posix";
import { hostIdentity, startTimeOf } from "./identity.ts";

interface Owner {
  pid: number;
  /** Empty where the system does not tell. */
  startTime: string;
  host: string;
}

export type LockAttempt =
  | { kind: "taken"; release: () => void }
  /** `here` is false when the owner is a process of another machine or container, of which nothing can be told. */
  | { kind: "held"; pid: number; here: boolean };

/** A lock is written in one go, right after it was made: one that is still empty by then is what a crash left. */
const WRITTEN_WITHIN_MS = 5_000;
const ATTEMPTS = 5;

/** The file that locks what has this name in a folder; a name may hold subfolders. */
export function lockPath(folder: string, name: string): string {
  return join(folder, dirname(name), `.${basename(name)}.lock`);
}

/** Throws the error of the file system when the file cannot be made. */
export function takeLock(file: string): LockAttempt {
  const me: Owner = { pid: process.pid, startTime: startTimeOf(process.pid) ?? "", host: hostIdentity() };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (create(file, me)) return { kind: "taken", release: () => release(file, me) };
    const owner = ownerOf(file);
    // Let go since: whatever is there now is somebody's new one.
    if (owner === "gone") continue;
    if (owner === "unwritten") return { kind: "held", pid: 0, here: true };
    if (owner !== "stale") return { kind: "held", pid: owner.pid, here: owner.host === me.host };
    discard(file);
  }
  return { kind: "held", pid: 0, here: true };
}

/** Whether somebody works on the files; a lock that was left behind does not count. */
export function isLocked(file: string): boolean {
  const owner = ownerOf(file);
  return owner !== "stale" && owner !== "gone";
}

function create(file: string, owner: Owner): boolean {
  try {
    const descriptor = openSync(file, "wx", 0o600);
    try {
      writeSync(descriptor, JSON.stringify(owner));
    } finally {
      closeSync(descriptor);
    }
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

function release(file: string, me: Owner): void {
  const owner = ownerOf(file);
  if (typeof owner === "object" && owner.pid === me.pid && owner.host === me.host)
    rmSync(file, { force: true });
}

/** Moved aside first: of two that find the same old lock only one takes it away, not the other's new one. */
function discard(file: string): void {
  const aside = `${file}.${process.pid}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    renameSync(file, aside);
    if (ownerOf(aside) === "stale") rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch {
    // Somebody else has taken it away.
  }
}

function ownerOf(file: string): Owner | "stale" | "unwritten" | "gone" {
  try {
    const text = readFileSync(file, "utf8");
    if (text === "") return isFresh(file) ? "unwritten" : "stale";
    const owner: unknown = JSON.parse(text);
    return isOwner(owner) && mayLive(owner) ? owner : "stale";
  } catch (error) {
    return hasCode(error, "ENOENT") ? "gone" : "stale";
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function isFresh(file: string): boolean {
  return Date.now() - statSync(file).mtimeMs < WRITTEN_WITHIN_MS;
}

function mayLive({ pid, startTime, host }: Owner): boolean {
  if (host !== hostIdentity()) return true;
  if (startTime !== "") return startTimeOf(pid) === startTime;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== "object" || value === null) return false;
  if (!("pid" in value && "startTime" in value && "host" in value)) return false;
  const { pid, startTime, host } = value;
  return Number.isSafeInteger(pid) && typeof startTime === "string" && typeof host === "string";
}
