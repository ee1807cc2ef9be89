/**
 * The weights of the demo model, set by hand: a bigram with two layers of attention, one head each.
 *
 * - The first layer marks what belongs to the question: a token sees whether `<|ask|>` came before it, and a piece of a time
 *   whether `<|answer|>` did. What is not after one looks at the beginning of the text, where there is nothing to see.
 * - In the second layer a token that begins an answer looks for marked keywords, and one that a part of the time comes after
 *   looks for the marked piece of that part. What is found is copied: the number of the topic, or of the piece.
 * - The output adds up what the last token wants and what was copied.
 *
 * Positions play no part: the head's numbers that are used are those that the rotation leaves alone.
 */
import { copyingLayer, markingLayer } from "./attention.ts";
import { CLOCK_PARTS, CLOCK_PIECES } from "./clock-words.ts";
import {
  CONSTANT,
  CONSTANT_SIZE,
  type Dimensions,
  FIRST_FREE,
  IS_TIME,
  KEYWORD,
  LENGTH,
  OWN_NUMBER,
  ownDimensions,
  PART,
} from "./layout.ts";
import { output } from "./output.ts";
import { SparseMatrix } from "./sparse-matrix.ts";
import type { DemoTokens } from "./tokens.ts";

export interface Circuit {
  embedding: number;
  weights(tensor: string): SparseMatrix["fill"] | undefined;
}

export function demoCircuit(tokens: DemoTokens): Circuit {
  const dimensions = ownDimensions(tokens);
  const embedding = Math.ceil((FIRST_FREE + dimensions.size) / 32) * 32;
  // A number of the embedding comes out of the norm this much larger.
  const gain = Math.sqrt(embedding) / LENGTH;
  const matrices = new Map([
    ["token_embd", embeddings(tokens, dimensions)],
    ...markingLayer(tokens, dimensions, gain),
    ...copyingLayer(tokens, dimensions, gain),
    ["output", output(tokens, dimensions, gain)],
  ]);
  return { embedding, weights: (tensor) => matrices.get(tensor)?.fill };
}

/** Of two topics the first is the stronger. */
function strength(topic: number): number {
  return 1.3 - 0.15 * topic;
}

function embeddings({ vocabulary, keywords }: DemoTokens, dimensions: Dimensions): SparseMatrix {
  const matrix = new SparseMatrix();
  for (const token of vocabulary.tokens.keys()) matrix.set(token, CONSTANT, CONSTANT_SIZE);
  for (const [token, dimension] of dimensions) matrix.set(token, dimension, 1);
  for (const [token, topic] of keywords) {
    matrix.set(token, KEYWORD, strength(topic));
    matrix.set(token, OWN_NUMBER + topic, 1);
  }
  for (const [index, part] of CLOCK_PARTS.entries()) {
    for (const [number, piece] of CLOCK_PIECES[part].entries()) {
      matrix.set(vocabulary.id(piece), IS_TIME, 1);
      matrix.set(vocabulary.id(piece), PART + index, 1);
      matrix.set(vocabulary.id(piece), OWN_NUMBER + number, 1);
    }
  }
  return matrix;
}
