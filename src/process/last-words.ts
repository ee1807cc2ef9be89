/** What a process wrote last, for who has to say why it ended. */
import { createLineRing, type LineRing } from "./linering.ts";

export interface LastWords {
  /** Those of the first stream, then those of the next, oldest first. */
  lines(): string[];
  /** Resolves once every stream has ended. Never rejects. */
  read: Promise<unknown>;
}

/** Reads the streams to their end, whoever else wants to know (`onChunk`), as a pipe that nobody reads blocks the process. */
export function collectLastWords(
  streams: readonly AsyncIterable<Uint8Array>[],
  onChunk?: (chunk: Uint8Array) => void,
): LastWords {
  // A ring each: the unfinished lines of two streams must not run into each other.
  const rings = streams.map((stream) => ({ stream, ring: createLineRing() }));
  return {
    lines: () => rings.flatMap(({ ring }) => ring.lines()),
    read: Promise.all(rings.map(({ stream, ring }) => fill(ring, stream, onChunk))),
  };
}

async function fill(
  ring: LineRing,
  chunks: AsyncIterable<Uint8Array>,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<void> {
  try {
    for await (const chunk of chunks) {
      ring.push(chunk);
      onChunk?.(chunk);
    }
  } catch {
    // A broken pipe ends the reading as well as the end of the stream does.
  }
}
