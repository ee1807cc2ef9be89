/** The output matrix of the demo model (circuit.ts): what each token of the vocabulary is wanted by. */
import { CONTROLS } from "../gguf/chat-template.ts";
import { BEFORE_HOUR, BEFORE_WEEKDAY, CLOCK_PARTS, CLOCK_PIECES } from "./clock-words.ts";
import {
  askerOf,
  CONSTANT,
  CONSTANT_SIZE,
  COPIED_NUMBER,
  type Dimensions,
  FOUND,
  own,
  PART,
} from "./layout.ts";
import { SparseMatrix } from "./sparse-matrix.ts";
import { DEMO_CONTROLS } from "./template.ts";
import { TOPICS } from "./texts.ts";
import type { DemoTokens } from "./tokens.ts";

/**
 * Logits, at least 15 apart where they compete: what the last token wants; the part of a time that it wants; a topic that
 * was found, or a time; what decides between two that are the same so far; the end, which comes otherwise.
 */
const WANTED = 60;
const WANTED_PART = 60;
const FOUND_TOPIC = 45;
const PREFERRED = 15;
const OTHERWISE = 8;

/** Adds to the logit of a token what a number of the embedding says for it. */
type Want = (token: number, dimension: number, logit: number) => void;

/** `gain` is how much larger a number of the embedding comes out of the last norm. */
export function output(tokens: DemoTokens, dimensions: Dimensions, gain: number): SparseMatrix {
  const matrix = new SparseMatrix();
  const want: Want = (token, dimension, logit) => matrix.set(token, dimension, logit / gain);
  want(tokens.vocabulary.id(CONTROLS.end), CONSTANT, OTHERWISE / CONSTANT_SIZE);
  wantSuccessors(want, tokens, dimensions);
  wantBeginnings(want, tokens, dimensions);
  wantTime(want, tokens, dimensions);
  return matrix;
}

function wantSuccessors(want: Want, { successors }: DemoTokens, dimensions: Dimensions): void {
  for (const [token, next] of successors) {
    const dimension = dimensions.get(token);
    if (dimension !== undefined) want(next, dimension, WANTED);
  }
}

/** How answers begin: by what they are about, and by what the template knows. */
function wantBeginnings(want: Want, { vocabulary: { id }, first }: DemoTokens, dimensions: Dimensions): void {
  const answers = {
    time: [id(CONTROLS.call), first.clockless],
    tools: [first.tools],
    help: [first.help],
    thanks: [first.welcome],
  };
  for (const [index, { name }] of TOPICS.entries()) {
    for (const answer of answers[name]) want(answer, COPIED_NUMBER + index, FOUND_TOPIC);
  }
  const { firstWithClock, firstWithout, laterWithClock, laterWithout } = DEMO_CONTROLS;
  const opening = (name: string) => own(dimensions, id(name));
  for (const name of [firstWithClock, laterWithClock]) want(id(CONTROLS.call), opening(name), PREFERRED);
  for (const name of [firstWithout, laterWithout]) want(first.clockless, opening(name), PREFERRED);
  for (const name of [firstWithClock, firstWithout]) want(first.greeting, opening(name), 2 * PREFERRED);
  for (const name of [laterWithClock, laterWithout]) want(first.lost, opening(name), 2 * PREFERRED);
}

/** What is said of a tool's result: the time, part by part, or that there is none. */
function wantTime(want: Want, { vocabulary: { id }, first }: DemoTokens, dimensions: Dimensions): void {
  const resumed = own(dimensions, id(CONTROLS.resumed));
  want(id(BEFORE_HOUR), FOUND, FOUND_TOPIC);
  want(id(BEFORE_HOUR), resumed, PREFERRED);
  want(first.failed, resumed, 2 * PREFERRED);
  for (const part of CLOCK_PARTS) {
    for (const [number, piece] of CLOCK_PIECES[part].entries()) {
      want(id(piece), askerOf(part, dimensions, id), WANTED_PART);
      want(id(piece), COPIED_NUMBER + number, PREFERRED);
    }
  }
  want(id(BEFORE_WEEKDAY), PART + CLOCK_PARTS.indexOf("second"), WANTED);
  want(first.told, PART + CLOCK_PARTS.indexOf("year"), WANTED);
}
