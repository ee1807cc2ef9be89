/**
 * Piped input, read to its end: never dropped because it came late, never waited for in silence.
 */
import { readSync } from "node:fs";
import { type Clock, systemClock } from "../lib/clock.ts";
import { UsageError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { formatBytes } from "../lib/text-amount.ts";
import { type StreamKind, streamKind } from "./stream-kind.ts";

export interface StdinOptions {
  notify: Notify;
  signal: AbortSignal;
  /** Whether the first line is all that is wanted: what comes behind it is not waited for. */
  firstLine?: boolean;
  /** In bytes. */
  limit?: number;
  kind?: StreamKind;
  chunks?: AsyncIterable<Uint8Array>;
  clock?: Clock;
}

/** More than any model reads. */
const LIMIT_BYTES = 64 * 1024 * 1024;
const SILENCE_MS = 1000;
const NEWLINE = 0x0a;
const FILE_CHUNK_BYTES = 64 * 1024;

/** Whether there is piped input to read: a pipe, a file or a socket; not a terminal, /dev/null or nothing at all. */
export function hasPipedInput(kind: StreamKind): boolean {
  return kind === "pipe" || kind === "file" || kind === "socket";
}

/**
 * Reads standard input to its end; undefined when there is none to read. Says so when nothing comes for a second.
 * Throws UsageError when it is too large or not UTF-8, and the signal's reason.
 */
export async function readStdin(options: StdinOptions): Promise<string | undefined> {
  const { notify, signal, firstLine = false, clock = systemClock, kind = streamKind(0) } = options;
  const { limit = LIMIT_BYTES } = options;
  if (!hasPipedInput(kind)) return undefined;
  signal.throwIfAborted();
  const input = options.chunks ?? (kind === "file" ? fileChunks() : Bun.stdin.stream());
  const chunks = input[Symbol.asyncIterator]();
  // A read cannot be told to stop waiting: it is left behind, and the stream given up.
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const endSilence = clock.setTimer(SILENCE_MS, () =>
    notify("warn", "waiting for standard input to end; --no-stdin skips it"),
  );
  try {
    return await Promise.race([readText(chunks, { limit, firstLine }, endSilence), aborted.promise]);
  } finally {
    endSilence();
    signal.removeEventListener("abort", onAbort);
    chunks.return?.().catch(() => {});
  }
}

/** A file is read from where the shell left it, as in a loop that reads lines: Bun's stream begins at its start. */
async function* fileChunks(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(FILE_CHUNK_BYTES);
    const size = readSync(0, chunk, 0, chunk.byteLength, null);
    if (size === 0) return;
    yield chunk.subarray(0, size);
  }
}

async function readText(
  chunks: AsyncIterator<Uint8Array>,
  { limit, firstLine }: { limit: number; firstLine: boolean },
  endSilence: () => void,
): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const pieces: string[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await chunks.next();
    endSilence();
    if (done) return [...pieces, decode(decoder)].join("");
    size += value.byteLength;
    if (size > limit) throw tooLarge(limit);
    pieces.push(decode(decoder, value));
    if (firstLine && value.includes(NEWLINE)) return pieces.join("").split("\n")[0] ?? "";
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, bytes?: Uint8Array): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
  } catch {
    throw new UsageError("standard input is not UTF-8 text", "convert it first, for example with iconv");
  }
}

function tooLarge(limit: number): UsageError {
  return new UsageError(`standard input is larger than ${formatBytes(limit)}`, "send a part of it");
}
