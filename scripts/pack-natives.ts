/** Packs native files for an executable: src/models/natives/ is the other end. */
import { readFileSync } from "node:fs";
import type { Embedded, EmbeddedContent } from "../src/models/natives/embedded.ts";
import type { NativeFile } from "./natives.ts";

/** 30 MB become 7.1 in 0.4 s; level 19 makes 5.4 of them, in 10 s. */
const LEVEL = 9;

export interface Packed {
  manifest: Omit<Embedded, "archive">;
  archive: Uint8Array;
}

/** The files as one archive, in which what several of them hold is once. */
export function packNatives(files: readonly NativeFile[], libraryVersion: string): Packed {
  const contents = new Map<string, { bytes: Uint8Array; content: EmbeddedContent & { names: string[] } }>();
  for (const { name, path } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const bytes = readFileSync(path);
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const known = contents.get(sha256);
    if (known) known.content.names.push(name);
    else contents.set(sha256, { bytes, content: { bytes: bytes.length, sha256, names: [name] } });
  }
  const packed = [...contents.values()];
  const list = packed.map(({ content }) => content);
  const hash = new Bun.CryptoHasher("sha256").update(JSON.stringify(list)).digest("hex");
  return {
    manifest: { version: `${libraryVersion}-${hash.slice(0, 16)}`, contents: list },
    archive: Bun.zstdCompressSync(Buffer.concat(packed.map(({ bytes }) => bytes)), { level: LEVEL }),
  };
}
