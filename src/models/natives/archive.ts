/** Reads the contents of the archive one after the other: no more than the largest of them is in memory. */
import type { Embedded, EmbeddedContent } from "./embedded.ts";
import { damagedExecutable } from "./failure.ts";

/**
 * Each content with its bytes, in the order of the archive. Throws ModelError when they are not what was packed, such as in
 * an executable that was cut off.
 */
export async function* readArchive({
  archive,
  contents,
}: Embedded): AsyncGenerator<[content: EmbeddedContent, bytes: Uint8Array]> {
  const stream = Bun.file(archive).stream().pipeThrough(new DecompressionStream("zstd"));
  const pieces: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  let unread: Uint8Array = new Uint8Array();
  /** The next bytes of the stream. */
  const take = async (size: number): Promise<Uint8Array> => {
    const taken = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      if (unread.length === 0) unread = await nextPiece(pieces);
      const piece = unread.subarray(0, size - filled);
      taken.set(piece, filled);
      filled += piece.length;
      unread = unread.subarray(piece.length);
    }
    return taken;
  };
  try {
    for (const content of contents) {
      const bytes = await take(content.bytes);
      if (sha256(bytes) !== content.sha256)
        throw damagedExecutable(`${content.names[0]} is not what was built in`);
      yield [content, bytes];
    }
  } finally {
    // Of a stream that failed, this fails too.
    await pieces.return?.().catch(() => {});
  }
}

async function nextPiece(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const { value, done } = await pieces.next().catch((error: unknown) => {
    throw damagedExecutable(error instanceof Error ? error.message : String(error));
  });
  if (done) throw damagedExecutable("its native files end too early");
  return value;
}

/** In hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
