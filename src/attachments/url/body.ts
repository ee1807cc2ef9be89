/** The body of an answer, unpacked and bounded: neither its announced size nor its packing is believed. */
import { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import type { Clock } from "../../lib/clock.ts";
import { withDeadline } from "../../lib/deadline.ts";

/** What can be undone; what is sent as `accept-encoding`. */
export const PACKINGS = "gzip, deflate, br, zstd";

const UNPACKERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}
export class BodyBroken extends Error {
  override readonly name = "BodyBroken";
}

export interface BodyLimits {
  maxBytes: number;
  /** Milliseconds between two pieces. */
  idleMs: number;
  /** What is thrown after them. */
  late: () => Error;
  clock: Clock;
}

/** Throws BodyTooLarge, BodyBroken for one that cannot be unpacked, and what breaks the connection. */
export async function readBody(response: Response, limits: BodyLimits): Promise<Uint8Array> {
  const packing = (response.headers.get("content-encoding") ?? "").trim().toLowerCase();
  const pieces = piecesOf(response, limits);
  if (packing === "" || packing === "identity") return collect(pieces, limits.maxBytes);
  const unpacker = UNPACKERS[packing]?.();
  if (!unpacker) throw new BodyBroken(`it is packed as ${packing}`);
  return unpack(pieces, unpacker, limits.maxBytes);
}

/** The unpacker makes no more at a time than is taken from it, however much is packed into a few bytes. */
async function unpack(
  pieces: AsyncIterable<Uint8Array>,
  unpacker: NodeJS.ReadWriteStream,
  maxBytes: number,
): Promise<Uint8Array> {
  const source = Readable.from(pieces);
  let failure: unknown;
  source.on("error", (error) => {
    failure = error;
    unpacker.emit("error", error);
  });
  try {
    // Its chunks are those of zlib, which are bytes.
    return await collect(source.pipe(unpacker) as AsyncIterable<Uint8Array>, maxBytes);
  } catch (error) {
    if (failure !== undefined) throw failure;
    if (error instanceof BodyTooLarge) throw error;
    throw new BodyBroken("it is not packed as it says", { cause: error });
  } finally {
    source.destroy();
  }
}

async function collect(pieces: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > maxBytes) throw new BodyTooLarge();
    kept.push(piece);
  }
  return Buffer.concat(kept);
}

async function* piecesOf(response: Response, limits: BodyLimits): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  let passed = 0;
  try {
    for (;;) {
      const { done, value } = await withDeadline(reader.read(), limits.idleMs, limits.late, limits.clock);
      if (done) return;
      passed += value.length;
      if (passed > limits.maxBytes) throw new BodyTooLarge();
      yield value;
    }
  } finally {
    // Not waited for: where the far end is silent, that may take for ever.
    reader.cancel().catch(() => {});
  }
}
