/**
 * What servers write to their stderr, and say in log messages, kept for `mcpchat servers logs`: a file a server in the
 * state folder. Written in portions, by size and by time, so that no server is slowed down by it, and one that floods
 * fills neither memory nor disk. It is there to help: what fails in it is no failure of anything else.
 */
import { appendFileSync, renameSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Paths } from "../config/paths.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { ensurePrivateFolder } from "../lib/file.ts";
import { lockPath, takeLock } from "../process/lock.ts";

/** Takes what servers say. None of its methods throws or waits. */
export interface ServerLogs {
  /** A piece of a server's stderr, as it came. */
  stderr(server: string, chunk: Uint8Array): void;
  /** A line of its own. */
  line(server: string, text: string): void;
  /** Writes what is still held back. */
  close(): void;
}

export interface ServerLogOptions {
  clock?: Clock;
  /** A file that is larger becomes the old one, and the old one goes. */
  largestBytes?: number;
}

const LARGEST_BYTES = 1024 * 1024;
const FLUSH_MS = 100;
/** What is kept of a server's words between two flushes; beyond that it is a flood. */
const LARGEST_PORTION_BYTES = 128 * 1024;
const LINE_FEED = 10;

export function serverLogFolder({ stateFolder }: Pick<Paths, "stateFolder">): string {
  return join(stateFolder, "servers");
}

/** Where the log of a server is, and what it was before it grew too large. */
export function serverLogFiles(folder: string, server: string): { file: string; old: string } {
  const file = join(folder, `${fileName(server)}.log`);
  return { file, old: `${file}.1` };
}

/** The logs in this folder, which is made when something is written. */
export function serverLogs(folder: string, options: ServerLogOptions = {}): ServerLogs {
  const { clock = systemClock, largestBytes = LARGEST_BYTES } = options;
  const portions = new Map<string, Portion>();
  let cancel: (() => void) | undefined;

  const flush = () => {
    cancel?.();
    cancel = undefined;
    for (const [server, portion] of portions) {
      const bytes = portion.take();
      if (bytes.length > 0) append(serverLogFiles(folder, server), bytes, largestBytes);
    }
  };
  const take = (server: string, chunk: Uint8Array, ownLine: boolean) => {
    const portion = portions.get(server) ?? new Portion();
    portions.set(server, portion);
    portion.add(chunk, ownLine);
    cancel ??= clock.setTimer(FLUSH_MS, flush);
  };
  return {
    stderr: (server, chunk) => take(server, chunk, false),
    line: (server, text) => take(server, Buffer.from(`${text}\n`), true),
    close: flush,
  };
}

/** What has come of one server since the last flush. */
class Portion {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #leftOut = 0;
  #endsLine = true;

  add(chunk: Uint8Array, ownLine: boolean): void {
    const room = Math.max(0, LARGEST_PORTION_BYTES - this.#size);
    this.#leftOut += Math.max(0, chunk.length - room);
    if (room === 0 || chunk.length === 0) return;
    if (ownLine && !this.#endsLine) this.#push(new Uint8Array([LINE_FEED]));
    // Whoever read it may use its memory again.
    this.#push(chunk.slice(0, room));
  }

  /** All of it, with a line about what was left out. */
  take(): Uint8Array {
    if (this.#leftOut > 0) {
      const gap = this.#endsLine ? "" : "\n";
      this.#push(
        Buffer.from(`${gap}[mcpchat: ${this.#leftOut} bytes more, too many at once, are left out]\n`),
      );
    }
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#size = 0;
    this.#leftOut = 0;
    return all;
  }

  #push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#endsLine = bytes.at(-1) === LINE_FEED;
  }
}

/** The size is asked each time, as another process may write to the same file, or have put it away. */
function append(files: { file: string; old: string }, bytes: Uint8Array, largestBytes: number): void {
  try {
    ensurePrivateFolder(join(files.file, ".."));
    if (isFull(files.file, bytes, largestBytes)) putAway(files, bytes, largestBytes);
    appendFileSync(files.file, bytes, { mode: 0o600 });
  } catch {
    // A full disk, or a folder that is not ours: the words are lost.
  }
}

function isFull(file: string, { length }: Uint8Array, largestBytes: number): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return size > 0 && size + length > largestBytes;
}

/** By one process at a time: another would put away the new file, and what was put away is gone. */
function putAway(
  { file, old }: { file: string; old: string },
  bytes: Uint8Array,
  largestBytes: number,
): void {
  const lock = takeLock(lockPath(dirname(file), basename(file)));
  if (lock.kind === "held") return;
  try {
    if (isFull(file, bytes, largestBytes)) renameSync(file, old);
  } finally {
    lock.release();
  }
}

/** The name of a server as that of a file: what a path could make something else of is written as `%2f`. */
function fileName(server: string): string {
  const safe = [...Buffer.from(server.slice(0, 100))].map((byte, index) => {
    const character = String.fromCharCode(byte);
    const isPlain = /[\w-]/.test(character) || (character === "." && index > 0);
    return isPlain ? character : `%${byte.toString(16).padStart(2, "0")}`;
  });
  return safe.join("");
}
