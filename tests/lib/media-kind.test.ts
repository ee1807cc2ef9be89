import { expect, test } from "bun:test";
import { mediaTypeOf, wordsForBytes } from "../../src/lib/media-kind.ts";

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(
    parts.map((part) => (typeof part === "number" ? Buffer.of(part) : Buffer.from(part, "latin1"))),
  );

test.each([
  ["image/png", bytes(0x89, "PNG\r\n", 0x1a, "\n rest")],
  ["image/jpeg", bytes(0xff, 0xd8, 0xff, 0xe0)],
  ["image/gif", bytes("GIF89a...")],
  ["image/gif", bytes("GIF87a...")],
  ["image/webp", bytes("RIFF....WEBPVP8 ")],
  ["application/pdf", bytes("%PDF-1.7")],
] as const)("%s is known by how it begins", (mediaType, content) => {
  expect(mediaTypeOf(content)).toBe(mediaType);
  // A part of a signature is none.
  expect(mediaTypeOf(content.slice(0, 2))).toBeUndefined();
});

test.each([
  ["a ZIP archive or an Office document", bytes("PK", 3, 4)],
  ["a sound", bytes("RIFF....WAVEfmt ")],
  ["a program", bytes(0x7f, "ELF")],
  ["a HEIC image", bytes(0, 0, 0, 0x18, "ftypheic")],
  ["a database", bytes("SQLite format 3", 0)],
])("%s is named, and no medium", (words, content) => {
  expect(mediaTypeOf(content)).toBeUndefined();
  expect(wordsForBytes(content)).toBe(words);
});

test("nothing is made of what nobody knows", () => {
  expect(wordsForBytes(bytes("text"))).toBeUndefined();
  expect(mediaTypeOf(new Uint8Array())).toBeUndefined();
});
