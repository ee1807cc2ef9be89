/** The two layers of attention of the demo model (circuit.ts), one head each. */
import { CONTROLS } from "../gguf/chat-template.ts";
import { CLOCK_PARTS } from "./clock-words.ts";
import {
  askerOf,
  CONSTANT,
  CONSTANT_SIZE,
  COPIED_NUMBER,
  type Dimensions,
  FOUND,
  IS_TIME,
  KEYWORD,
  MARKED,
  NUMBERS,
  OWN_NUMBER,
  own,
  PART,
} from "./layout.ts";
import { SparseMatrix } from "./sparse-matrix.ts";
import { DEMO_CONTROLS, OPENINGS } from "./template.ts";
import type { DemoTokens } from "./tokens.ts";

export const HEAD_SIZE = 64;
/** So large that the upper half of a head's numbers is turned by less than a hundredth over the whole context. */
export const ROPE_BASE = 1e12;

/** What a query is, before the head divides by the root of its size: scores are 2.5 times the key. */
const QUERY = 20;

/** Where in the head's numbers is compared what. */
const LOOK_FOR_ASK = 62;
const LOOK_FOR_ANSWER = 60;
const SINK = 58;
const LOOK_FOR_KEYWORD = 56;
const LOOK_FOR_PART = 32;

/** Marks what comes after the question, and of a time what comes after the result. */
export function markingLayer({ vocabulary: { id } }: DemoTokens, dimensions: Dimensions, gain: number) {
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

/** Copies the number of the topic that is found in the question, or of the part of the time in the result. */
export function copyingLayer({ vocabulary: { id } }: DemoTokens, dimensions: Dimensions, gain: number) {
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
