/** Reads what servers wrote, from the end, and as it grows. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type Clock, sleep, systemClock } from "../lib/clock.ts";
import { serverLogFiles } from "./server-logs.ts";

/** As much as both files may hold. */
const LARGEST_TAIL_BYTES = 1024 * 1024;
const LONGEST_LINE_BYTES = 64 * 1024;
const POLL_MS = 200;

export interface Tail {
  /** The last lines, oldest first. */
  lines: string[];
  /** Where the file ended, for who follows it. */
  end: Place;
}

/** A place in a file, which may be another file later. */
interface Place {
  file: number | undefined;
  offset: number;
}

/** The last lines of a server's log; undefined when it has none. Throws errors of the file system. */
export function tailOfServerLog(folder: string, server: string, count: number): Tail | undefined {
  const { file, old } = serverLogFiles(folder, server);
  const before = readFrom(old);
  const now = readFrom(file);
  if (!now && !before) return undefined;
  const text = textOf(before) + textOf(now);
  const lines = text.replace(/\n$/, "").split("\n");
  return {
    lines: count === 0 || text === "" ? [] : lines.slice(-count),
    end: { file: now?.identity, offset: now?.end ?? 0 },
  };
}

/** What is added to a server's log from a place on, whole lines at a time, until the signal aborts. */
export async function* followServerLog(
  folder: string,
  server: string,
  from: Place,
  signal: AbortSignal,
  clock: Clock = systemClock,
): AsyncGenerator<string[], void> {
  const { file, old } = serverLogFiles(folder, server);
  let place = from;
  while (!signal.aborted) {
    const now = readFrom(file, place);
    // What came just before the file was put away is in the old one.
    const rest = now && now.identity !== place.file ? readFrom(old, place) : undefined;
    const last = rest && rest.identity === place.file ? wholeLines(rest) : undefined;
    const more = now && wholeLines(now);
    const lines = [...(last?.lines ?? []), ...(more?.lines ?? [])];
    if (lines.length > 0) yield lines;
    if (now && more) place = { file: now.identity, offset: now.start + more.length };
    await sleep(POLL_MS, signal, clock).catch(() => {});
  }
}

interface Read {
  bytes: Buffer;
  /** Tells one file from another that has its name later. */
  identity: number;
  start: number;
  end: number;
}

function textOf(read: Read | undefined): string {
  return read?.bytes.toString("utf8") ?? "";
}

/** The lines that have ended, and how many bytes they are; one that is too long is not waited for. */
function wholeLines({ bytes }: Read): { lines: string[]; length: number } {
  const end = bytes.lastIndexOf("\n") + 1;
  const length = end === 0 && bytes.length > LONGEST_LINE_BYTES ? bytes.length : end;
  const text = bytes.toString("utf8", 0, length).replace(/\n$/, "");
  return { lines: length === 0 ? [] : text.split("\n"), length };
}

/** From the place on, or all of it where it is another file; at most the last so many bytes. */
function readFrom(file: string, place?: Place): Read | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const { size, ino } = fstatSync(descriptor);
    const isSame = place?.file === ino && place.offset <= size;
    const start = Math.max(isSame ? place.offset : 0, size - LARGEST_TAIL_BYTES);
    const bytes = Buffer.alloc(size - start);
    const length = readSync(descriptor, bytes, 0, bytes.length, start);
    return { bytes: bytes.subarray(0, length), identity: ino, start, end: start + length };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
