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
import { CONTROLS } from "../gguf/chat-template.ts";
import { BEFORE_HOUR, BEFORE_WEEKDAY, CLOCK_PARTS, CLOCK_PIECES, type ClockPart } from "./clock-words.ts";
import { SparseMatrix } from "./sparse-matrix.ts";
import { DEMO_CONTROLS, OPENINGS } from "./template.ts";
import { TOPICS } from "./texts.ts";
import type { DemoTokens } from "./tokens.ts";

export const HEAD_SIZE = 64;
/** So large that the upper half of a head's numbers is turned by less than a thousandth over the whole context. */
export const ROPE_BASE = 1e12;

/** The most pieces that a part of a time has. */
const NUMBERS = 60;

/** Where in the embedding something is said. */
const CONSTANT = 0;
const MARKED = 1;
const IS_TIME = 2;
const KEYWORD = 3;
const FOUND = 4;
const PART = 5;
const OWN_NUMBER = PART + CLOCK_PARTS.length;
const COPIED_NUMBER = OWN_NUMBER + NUMBERS;
const FIRST_FREE = COPIED_NUMBER + NUMBERS;

/** Large beside all else that a token says, so that the norm divides all tokens by about the same. */
const CONSTANT_SIZE = 3;
/** About the length of an embedding, by which the norm divides. */
const LENGTH = Math.sqrt(CONSTANT_SIZE ** 2 + 3);
/** What a query is, before the head divides by the root of its size: scores are 2.5 times the key. */
const QUERY = 20;

/** Where in the head's numbers is compared what. */
const LOOK_FOR_ASK = 62;
const LOOK_FOR_ANSWER = 60;
const SINK = 58;
const LOOK_FOR_KEYWORD = 56;
const LOOK_FOR_PART = 32;

/**
 * Logits, at least 15 apart where they compete: what the last token wants; the part of a time that it wants; a topic that
 * was found, or a time; what decides between two that are the same so far; the end, which comes otherwise.
 */
const WANTED = 60;
const WANTED_PART = 60;
const FOUND_TOPIC = 45;
const PREFERRED = 15;
const OTHERWISE = 8;

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

type Dimensions = ReadonlyMap<number, number>;

/** Tokens that something is known of have a number of the embedding to themselves; pieces of times share theirs. */
function ownDimensions({ vocabulary: { id }, successors }: DemoTokens): Dimensions {
  const times = new Set(Object.values(CLOCK_PIECES).flat().map(id));
  const controls = [CONTROLS.begin, CONTROLS.resumed, ...Object.values(DEMO_CONTROLS)].map(id);
  const known = [...controls, ...successors.keys(), id(BEFORE_HOUR), id(BEFORE_WEEKDAY)];
  const own = [...new Set(known)].filter((token) => !times.has(token));
  return new Map(own.map((token, index) => [token, FIRST_FREE + index]));
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

/** The number of the embedding that says: this token and no other. */
function own(dimensions: Dimensions, token: number): number {
  const dimension = dimensions.get(token);
  if (dimension === undefined) throw new Error(`token ${token} has no dimension`);
  return dimension;
}

function markingLayer({ vocabulary: { id } }: DemoTokens, dimensions: Dimensions, gain: number) {
  const query = new SparseMatrix();
  const key = new SparseMatrix();
  const always = QUERY / gain / CONSTANT_SIZE;
  query.set(LOOK_FOR_ASK, CONSTANT, always);
  // A piece of a time looks for the other mark instead.
  query.set(LOOK_FOR_ASK, IS_TIME, -always * CONSTANT_SIZE);
  query.set(LOOK_FOR_ANSWER, IS_TIME, always * CONSTANT_SIZE);
  const { ask, answer } = DEMO_CONTROLS;
  key.set(LOOK_FOR_ASK, own(dimensions, id(ask)), 24 / gain);
  key.set(LOOK_FOR_ANSWER, own(dimensions, id(answer)), 24 / gain);
  for (const place of [LOOK_FOR_ASK, LOOK_FOR_ANSWER]) {
    key.set(place, own(dimensions, id(CONTROLS.begin)), 12 / gain);
  }
  const value = new SparseMatrix();
  for (const mark of [ask, answer]) value.set(0, own(dimensions, id(mark)), 1 / gain);
  const result = new SparseMatrix();
  result.set(MARKED, 0, 1);
  return layer(0, { query, key, value, result });
}

function copyingLayer({ vocabulary: { id } }: DemoTokens, dimensions: Dimensions, gain: number) {
  const query = new SparseMatrix();
  const key = new SparseMatrix();
  // A keyword without its mark, or a mark without a keyword, is less than the sink, both together are more.
  const unit = 40 / gain;
  query.set(SINK, CONSTANT, QUERY / gain / CONSTANT_SIZE);
  key.set(SINK, own(dimensions, id(CONTROLS.begin)), 60 / gain);
  for (const opening of OPENINGS) query.set(LOOK_FOR_KEYWORD, own(dimensions, id(opening)), QUERY / gain);
  key.set(LOOK_FOR_KEYWORD, KEYWORD, unit);
  key.set(LOOK_FOR_KEYWORD, MARKED, unit);
  for (const [index, part] of CLOCK_PARTS.entries()) {
    const place = LOOK_FOR_PART + 2 * index;
    query.set(place, askerOf(part, dimensions, id), QUERY / gain);
    key.set(place, PART + index, unit);
    key.set(place, MARKED, unit);
  }
  // Whether there is a time at all is seen by its weekday.
  const place = LOOK_FOR_PART + 2 * CLOCK_PARTS.indexOf("weekday");
  query.set(place, own(dimensions, id(CONTROLS.resumed)), QUERY / gain);
  const value = new SparseMatrix();
  const result = new SparseMatrix();
  for (let number = 0; number < NUMBERS; number++) {
    value.set(number, OWN_NUMBER + number, 1 / gain);
    result.set(COPIED_NUMBER + number, number, 1);
  }
  value.set(NUMBERS, IS_TIME, 1 / gain);
  result.set(FOUND, NUMBERS, 1);
  return layer(1, { query, key, value, result });
}

/** What says that this part of the time comes next: the token before it, or any piece of the part before it. */
function askerOf(part: ClockPart, dimensions: Dimensions, id: (piece: string) => number): number {
  if (part === "hour") return own(dimensions, id(BEFORE_HOUR));
  if (part === "weekday") return own(dimensions, id(BEFORE_WEEKDAY));
  return PART + CLOCK_PARTS.indexOf(part) - 1;
}

function layer(
  index: number,
  head: Record<"query" | "key" | "value" | "result", SparseMatrix>,
): [string, SparseMatrix][] {
  return [
    [`blk.${index}.attn_q`, head.query],
    [`blk.${index}.attn_k`, head.key],
    [`blk.${index}.attn_v`, head.value],
    [`blk.${index}.attn_output`, head.result],
  ];
}

function output({ vocabulary: { id }, successors, first }: DemoTokens, dimensions: Dimensions, gain: number) {
  const matrix = new SparseMatrix();
  const want = (token: number, dimension: number, logit: number) =>
    matrix.set(token, dimension, logit / gain);
  const { firstWithClock, firstWithout, laterWithClock, laterWithout } = DEMO_CONTROLS;
  const opening = (name: string) => own(dimensions, id(name));
  want(id(CONTROLS.end), CONSTANT, OTHERWISE / CONSTANT_SIZE);
  for (const [token, next] of successors) {
    const dimension = dimensions.get(token);
    if (dimension !== undefined) want(next, dimension, WANTED);
  }
  want(id(BEFORE_WEEKDAY), PART + CLOCK_PARTS.indexOf("second"), WANTED);
  want(first.told, PART + CLOCK_PARTS.indexOf("year"), WANTED);
  const resumed = opening(CONTROLS.resumed);
  want(id(BEFORE_HOUR), FOUND, FOUND_TOPIC);
  want(id(BEFORE_HOUR), resumed, PREFERRED);
  want(first.failed, resumed, 2 * PREFERRED);
  for (const part of CLOCK_PARTS) {
    for (const [number, piece] of CLOCK_PIECES[part].entries()) {
      want(id(piece), askerOf(part, dimensions, id), WANTED_PART);
      want(id(piece), COPIED_NUMBER + number, PREFERRED);
    }
  }
  const answers = {
    time: [id(CONTROLS.call), first.clockless],
    tools: [first.tools],
    help: [first.help],
    thanks: [first.welcome],
  };
  for (const [index, { name }] of TOPICS.entries()) {
    for (const answer of answers[name]) want(answer, COPIED_NUMBER + index, FOUND_TOPIC);
  }
  for (const name of [firstWithClock, laterWithClock]) want(id(CONTROLS.call), opening(name), PREFERRED);
  for (const name of [firstWithout, laterWithout]) want(first.clockless, opening(name), PREFERRED);
  for (const name of [firstWithClock, firstWithout]) want(first.greeting, opening(name), 2 * PREFERRED);
  for (const name of [laterWithClock, laterWithout]) want(first.lost, opening(name), 2 * PREFERRED);
  return matrix;
}
