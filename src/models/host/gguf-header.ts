/**
 * Walks over the header of a GGUF file without believing it: the library and llama.cpp read as much as its numbers say,
 * so that 24 bytes could cost all memory and all time. Reads pieces of a fixed size. The format:
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Pure, but for the bytes that it asks for.
 */

/** The file; `read` gives fewer bytes than asked for only at its end. */
export interface FileBytes {
  size: number;
  read(start: number, length: number): Buffer;
}

/** What is wrong with a header. `reason` goes on after the name of the file. */
export class HeaderFault extends Error {
  override readonly name = "HeaderFault";
  constructor(
    readonly kind: "not_gguf" | "damaged" | "truncated" | "unsupported",
    readonly reason: string,
  ) {
    super(reason);
  }
}

/** The fixed lengths of values by the number of their type; 8 is a text, 9 an array. */
const LENGTHS: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const MAGIC = "GGUF";
const TEXT = 8;
const ARRAY = 9;

/** Far beyond any model; what says more is not one. Vocabularies of 300 000 tokens come with 2 000 000 values. */
const MOST = {
  entries: 2 ** 16,
  tensors: 2 ** 16,
  keyBytes: 2 ** 16,
  values: 2 ** 23,
  headerBytes: 2 ** 28,
  dimensions: 4,
} as const;

/** Throws HeaderFault when the header is none, or does not end before the file does. */
export function checkHeader(file: FileBytes): void {
  const cursor = new Cursor(file);
  if (file.size < MAGIC.length || cursor.bytes(MAGIC.length).toString("latin1") !== MAGIC)
    throw new HeaderFault("not_gguf", "is not a GGUF model");
  checkVersion(cursor.u32());
  const tensors = cursor.count(MOST.tensors);
  const entries = cursor.count(MOST.entries);
  const budget = { values: MOST.values };
  for (let entry = 0; entry < entries; entry++) {
    cursor.skip(cursor.count(MOST.keyBytes));
    skipValue(cursor, cursor.u32(), budget);
  }
  for (let tensor = 0; tensor < tensors; tensor++) skipTensor(cursor);
}

function checkVersion(version: number): void {
  if (version === 2 || version === 3) return;
  const isSwapped = version > 0 && (version & 0xffff) === 0;
  const what = isSwapped ? "is for machines of the other byte order" : `has version ${version} of GGUF`;
  throw new HeaderFault("unsupported", `${what}, which this llama.cpp cannot read`);
}

function skipValue(cursor: Cursor, type: number, budget: { values: number }): void {
  const length = LENGTHS[type];
  if (length !== undefined) cursor.skip(length);
  else if (type === TEXT) cursor.skip(cursor.count(MOST.headerBytes));
  else if (type === ARRAY) skipArray(cursor, budget);
  else throw nonsense();
}

/** There are no arrays of arrays. */
function skipArray(cursor: Cursor, budget: { values: number }): void {
  const type = cursor.u32();
  const values = cursor.count(budget.values);
  budget.values -= values;
  const length = LENGTHS[type];
  if (length !== undefined) cursor.skip(values * length);
  else if (type !== TEXT) throw nonsense();
  else for (let value = 0; value < values; value++) cursor.skip(cursor.count(MOST.headerBytes));
}

/** Its name, its dimensions, its type, and where its data begins. */
function skipTensor(cursor: Cursor): void {
  cursor.skip(cursor.count(MOST.keyBytes));
  const dimensions = cursor.u32();
  if (dimensions > MOST.dimensions) throw nonsense();
  cursor.skip(dimensions * 8 + 4 + 8);
}

function nonsense(): HeaderFault {
  return new HeaderFault("damaged", "has a damaged header");
}

/** In bytes: what is in memory at a time. */
const WINDOW = 256 * 1024;

/** A place in the file, from the beginning on. */
class Cursor {
  readonly #file: FileBytes;
  #at = 0;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

  constructor(file: FileBytes) {
    this.#file = file;
  }

  u32(): number {
    return this.bytes(4).readUInt32LE();
  }

  /** Of 64 bits; more than `most` is nonsense. */
  count(most: number): number {
    const bytes = this.bytes(8);
    const count = bytes.readUInt32LE(4) * 2 ** 32 + bytes.readUInt32LE(0);
    if (count > most) throw nonsense();
    return count;
  }

  skip(length: number): void {
    const end = this.#at + length;
    if (end > this.#file.size) throw new HeaderFault("truncated", "is cut off in its header");
    if (end > MOST.headerBytes) throw nonsense();
    this.#at = end;
  }

  /** A few at once. */
  bytes(length: number): Buffer {
    const start = this.#at;
    this.skip(length);
    if (start < this.#windowAt || this.#at > this.#windowAt + this.#window.length) {
      this.#window = this.#file.read(start, WINDOW);
      this.#windowAt = start;
    }
    const bytes = this.#window.subarray(start - this.#windowAt, this.#at - this.#windowAt);
    // The file has become shorter since it was measured.
    if (bytes.length < length) throw new HeaderFault("truncated", "is cut off in its header");
    return bytes;
  }
}
