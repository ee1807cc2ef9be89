/**
 * A model of any size with noise for weights: what it says means nothing, but it takes the time and the memory of a model
 * of its size, and a grammar can make JSON of it. The noise comes from a seed, so that the same options make the same file.
 */
import { CONTROLS, chatTemplate } from "./chat-template.ts";
import { BLOCKS, type Encoding, type Gguf, type Tensor } from "./format.ts";
import { llamaModel } from "./llama.ts";
import { createVocabulary, type Vocabulary } from "./vocabulary.ts";

export interface RandomOptions {
  /** About how large the file is to be, in millions of bytes: chooses what is not given of the sizes below. */
  megabytes?: number;
  layers?: number;
  /** A multiple of 64. */
  embedding?: number;
  feedForward?: number;
  contextLength?: number;
  encoding?: Encoding;
  seed?: number;
  name?: string;
  /** Whether it ends its answers by itself, after some dozens of tokens. */
  ends?: boolean;
}

const HEAD_SIZE = 64;
const SYLLABLES = 1024;
/** Pieces that JSON is made of; a grammar lets them in where they fit. */
const JSON_PIECES = [
  '{"',
  '":',
  '": ',
  '",',
  '", ',
  '"}',
  "},",
  "[]",
  "],",
  '["',
  '"]',
  "true",
  "false",
  "null",
];

/** A model with seeded noise for weights. Throws RangeError for an embedding that heads do not fill. */
export function randomModel(options: RandomOptions = {}): Gguf {
  const { contextLength = 4096, encoding = "f32", seed = 1, name = "random", ends = false } = options;
  const vocabulary = createVocabulary(Object.values(CONTROLS), [...JSON_PIECES, ...syllables(SYLLABLES)]);
  const sizes = chooseSizes(options, encoding, vocabulary.tokens.length);
  if (sizes.embedding % HEAD_SIZE !== 0)
    throw new RangeError(`the embedding must be a multiple of ${HEAD_SIZE}`);
  const shape = { name, contextLength, encoding, vocabulary, headSize: HEAD_SIZE, ...sizes };
  return llamaModel({ ...shape, chatTemplate: chatTemplate() }, noise(seed, likings(vocabulary, ends)));
}

function chooseSizes(options: RandomOptions, encoding: Encoding, tokens: number) {
  const { megabytes = 4 } = options;
  const embedding = options.embedding ?? embeddingFor(megabytes);
  const feedForward = options.feedForward ?? embedding * 3;
  const bytesEach = BLOCKS[encoding].bytes / BLOCKS[encoding].numbers;
  const layerBytes = (4 * embedding + 3 * feedForward) * embedding * bytesEach;
  const left = megabytes * 1e6 - 2 * tokens * embedding * bytesEach;
  return { embedding, feedForward, layers: options.layers ?? Math.max(1, Math.round(left / layerBytes)) };
}

function embeddingFor(megabytes: number): number {
  if (megabytes < 20) return 128;
  if (megabytes < 300) return 512;
  return 1024;
}

/** Words of two letters and of three, with and without a space before them. */
function syllables(count: number): string[] {
  const consonants = [..."bcdfghjklmnprstvwz"];
  const open = consonants.flatMap((first) => [..."aeiou"].map((vowel) => first + vowel));
  const closed = open.flatMap((start) => [..."nrstl"].map((last) => start + last));
  const words = [...open, ...closed];
  return [...words.map((word) => ` ${word}`), ...words].slice(0, count);
}

/**
 * How much each token is liked, as what the first number of the embedding, which is the same for all tokens, adds: JSON
 * ends its texts and lists before they are long, and control tokens do not come by chance.
 */
function likings(vocabulary: Vocabulary, ends: boolean): ReadonlyMap<number, number> {
  const closing = ['"', '",', '"}', '"]', "}", "]", '": '].map((piece) => vocabulary.id(piece));
  const controls = Object.values(CONTROLS).map((token) => vocabulary.id(token));
  return new Map([
    ...closing.map((token) => [token, 0.8] as const),
    ...controls.map((token) => [token, -20] as const),
    [vocabulary.id(CONTROLS.end), ends ? 0.6 : -20],
  ]);
}

/** What a layer adds is small, so that the first number of the embedding comes through all of them. */
function noiseWidth(tensor: string, columns: number): number {
  if (tensor === "token_embd") return 1;
  return (tensor === "output" ? 3 : 0.5) / Math.sqrt(columns);
}

function noise(seed: number, liked: ReadonlyMap<number, number>) {
  return (tensor: string): Tensor["fill"] => {
    const tensorSeed = seed ^ Number(Bun.hash.xxHash32(tensor));
    return (row, index) => {
      fillWithNoise(row, Math.imul(tensorSeed, 31) + index, noiseWidth(tensor, row.length));
      if (tensor === "token_embd") row[0] = 4;
      if (tensor === "output") row[0] = liked.get(index) ?? 0;
    };
  };
}

/** Even noise between `-width` and `width`, by the generator "mulberry32". */
function fillWithNoise(row: Float32Array, seed: number, width: number): void {
  let state = seed | 0;
  for (let index = 0; index < row.length; index++) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    row[index] = ((mixed ^ (mixed >>> 14)) / 2 ** 31) * width;
  }
}
