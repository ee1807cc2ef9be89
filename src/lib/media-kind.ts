/** What bytes are, by how they begin: neither a file's name nor who sent it is believed. */

/** The media that models take. */
export type MediaType = "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "application/pdf";

type Signature = readonly (number | string)[];

/** Bytes at an offset; a text stands for its ASCII codes. */
const MEDIA: readonly [MediaType, number, Signature][] = [
  ["image/png", 0, [0x89, "PNG\r\n", 0x1a, "\n"]],
  ["image/jpeg", 0, [0xff, 0xd8, 0xff]],
  ["image/gif", 0, ["GIF87a"]],
  ["image/gif", 0, ["GIF89a"]],
  ["image/webp", 8, ["WEBP"]],
  ["application/pdf", 0, ["%PDF-"]],
];

/** What people may take for something that a model can read, in words. */
const OTHERS: readonly [string, number, Signature][] = [
  ["a HEIC image", 4, ["ftyphei"]],
  ["a HEIC image", 4, ["ftypmif1"]],
  ["an AVIF image", 4, ["ftypavif"]],
  ["a TIFF image", 0, ["II*", 0]],
  ["a TIFF image", 0, ["MM", 0, "*"]],
  ["an icon", 0, [0, 0, 1, 0]],
  ["a video", 4, ["ftyp"]],
  ["a video", 0, [0x1a, 0x45, 0xdf, 0xa3]],
  ["a video", 8, ["AVI "]],
  ["a sound", 8, ["WAVE"]],
  ["a sound", 0, ["ID3"]],
  ["a sound", 0, ["OggS"]],
  ["a sound", 0, ["fLaC"]],
  ["a ZIP archive or an Office document", 0, ["PK", 3, 4]],
  ["an Office document", 0, [0xd0, 0xcf, 0x11, 0xe0]],
  ["a compressed file", 0, [0x1f, 0x8b]],
  ["a compressed file", 0, ["BZh"]],
  ["a compressed file", 0, [0xfd, "7zXZ", 0]],
  ["a compressed file", 0, [0x28, 0xb5, 0x2f, 0xfd]],
  ["a 7-Zip archive", 0, ["7z", 0xbc, 0xaf]],
  ["a tar archive", 257, ["ustar"]],
  ["a program", 0, [0x7f, "ELF"]],
  ["a program", 0, ["MZ"]],
  ["a program", 0, [0xcf, 0xfa, 0xed, 0xfe]],
  ["a database", 0, ["SQLite format 3", 0]],
];

/** Undefined for what is none of the media that models take. */
export function mediaTypeOf(bytes: Uint8Array): MediaType | undefined {
  return MEDIA.find(([, offset, signature]) => matches(bytes, offset, signature))?.[0];
}

/** What bytes that are no such medium seem to be, in words with an article; undefined when nobody knows. */
export function wordsForBytes(bytes: Uint8Array): string | undefined {
  return OTHERS.find(([, offset, signature]) => matches(bytes, offset, signature))?.[0];
}

function matches(bytes: Uint8Array, offset: number, signature: Signature): boolean {
  let at = offset;
  for (const part of signature) {
    const expected = typeof part === "number" ? [part] : Buffer.from(part, "latin1");
    for (const byte of expected) if (bytes[at++] !== byte) return false;
  }
  return true;
}
