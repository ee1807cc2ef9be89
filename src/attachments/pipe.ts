/** Pipes that a user names, such as a shell's `<(command)`. */
import { constants, existsSync, realpathSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Clock, sleep, systemClock } from "../lib/clock.ts";
import { orAborted } from "../lib/deadline.ts";
import { FileError } from "../lib/file.ts";

export interface PipeOptions {
  maxBytes: number;
  signal: AbortSignal;
  clock?: Clock;
}

const CHUNK_BYTES = 64 * 1024;
const SHORTEST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

/**
 * The bytes of a pipe, to its end. It is looked at again and again, as a read that waits could not be given up. Throws
 * FileError when there are too many, the system's error, and the signal's reason.
 */
export async function readPipe(path: string, options: PipeOptions): Promise<Uint8Array> {
  const { maxBytes, signal, clock = systemClock } = options;
  const pipe = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    return await readToEnd(path, pipe, { maxBytes, signal, clock });
  } finally {
    pipe.close().catch(() => {});
  }
}

async function readToEnd(
  path: string,
  pipe: FileHandle,
  { maxBytes, signal, clock }: Required<PipeOptions>,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let pauseMs = SHORTEST_PAUSE_MS;
  // Before somebody writes to it, a pipe with a name looks as if it had ended.
  let hasBegun = !hasName(path);
  for (;;) {
    const piece = await orAborted(readSome(pipe), signal);
    if (piece?.length === 0 && hasBegun) return Buffer.concat(pieces);
    if (piece === undefined || piece.length > 0) hasBegun = true;
    if (piece === undefined || piece.length === 0) {
      await sleep(pauseMs, signal, clock);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      continue;
    }
    pauseMs = SHORTEST_PAUSE_MS;
    length += piece.length;
    if (length > maxBytes) throw new FileError(path, "too_large", `is larger than ${maxBytes} bytes`);
    pieces.push(piece);
  }
}

/** Empty at the end; undefined while there is nothing yet. */
async function readSome(pipe: FileHandle): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(CHUNK_BYTES);
  try {
    const { bytesRead } = await pipe.read(bytes, 0, bytes.length, null);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return undefined;
    throw error;
  }
}

/** A descriptor that a shell has opened, such as /dev/fd/63, leads to no file. */
function hasName(path: string): boolean {
  try {
    // Bun's is "pipe:[123]" for one.
    const real = realpathSync(path);
    return !real.startsWith("/dev/") && existsSync(real);
  } catch {
    return false;
  }
}
