/** Where in the demo model's embedding something is said. */
import { CONTROLS } from "../gguf/chat-template.ts";
import { BEFORE_HOUR, BEFORE_WEEKDAY, CLOCK_PARTS, CLOCK_PIECES, type ClockPart } from "./clock-words.ts";
import { DEMO_CONTROLS } from "./template.ts";
import type { DemoTokens } from "./tokens.ts";

/** The most pieces that a part of a time has. */
export const NUMBERS = 60;

/** The same for all tokens. */
export const CONSTANT = 0;
/** Set by the first layer: it comes after the mark that it looked for. */
export const MARKED = 1;
/** A piece of a time. */
export const IS_TIME = 2;
/** A keyword, and how strong it is. */
export const KEYWORD = 3;
/** Set by the second layer: what was looked for is a piece of a time. */
export const FOUND = 4;
/** One number for each part of a time: which part the piece is of. */
export const PART = 5;
/** One of these is set: the number of the piece within its part, or of the keyword's topic. */
export const OWN_NUMBER = PART + CLOCK_PARTS.length;
/** Set by the second layer: the number of what was found. */
export const COPIED_NUMBER = OWN_NUMBER + NUMBERS;
/** From here on a token has a number to itself. */
export const FIRST_FREE = COPIED_NUMBER + NUMBERS;

/** Large beside all else that a token says, so that the norm divides all tokens by about the same. */
export const CONSTANT_SIZE = 3;
/** About the length of an embedding, by which the norm divides. */
export const LENGTH = Math.sqrt(CONSTANT_SIZE ** 2 + 3);

/** The tokens that something is known of, and the number of the embedding that each has to itself. */
export type Dimensions = ReadonlyMap<number, number>;

/** Tokens that something is known of have a number of the embedding to themselves; pieces of times share theirs. */
export function ownDimensions({ vocabulary: { id }, successors }: DemoTokens): Dimensions {
  const times = new Set(Object.values(CLOCK_PIECES).flat().map(id));
  const controls = [CONTROLS.begin, CONTROLS.resumed, ...Object.values(DEMO_CONTROLS)].map(id);
  const known = [...controls, ...successors.keys(), id(BEFORE_HOUR), id(BEFORE_WEEKDAY)];
  const own = [...new Set(known)].filter((token) => !times.has(token));
  return new Map(own.map((token, index) => [token, FIRST_FREE + index]));
}

/** The number of the embedding that says: this token and no other. */
export function own(dimensions: Dimensions, token: number): number {
  const dimension = dimensions.get(token);
  if (dimension === undefined) throw new Error(`token ${token} has no dimension`);
  return dimension;
}

/** What says that this part of the time comes next: the token before it, or any piece of the part before it. */
export function askerOf(part: ClockPart, dimensions: Dimensions, id: (piece: string) => number): number {
  if (part === "hour") return own(dimensions, id(BEFORE_HOUR));
  if (part === "weekday") return own(dimensions, id(BEFORE_WEEKDAY));
  return PART + CLOCK_PARTS.indexOf(part) - 1;
}
