/**
 * A session's title and name: a line for a list.
 */
import { UsageError } from "../lib/errors.ts";

const LONGEST_TITLE = 80;
const LONGEST_NAME = 100;

/** Control characters, and those that are invisible or turn the direction of the text. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** The first line of a question that says something, cleaned and cut to 80 characters. */
export function titleFrom(question: string): string {
  for (const line of question.split(/[\r\n\u2028\u2029]+/)) {
    const clean = line.replace(/\t/g, " ").replace(UNSEEN, "").trim();
    if (clean) return shorten(clean);
  }
  return "";
}

function shorten(text: string): string {
  // By code points: half of a surrogate pair is no character.
  const points = Array.from(text);
  return points.length <= LONGEST_TITLE ? text : `${points.slice(0, LONGEST_TITLE - 1).join("")}…`;
}

/** The name as it is stored. Throws UsageError for one that is empty, too long, or holds control characters. */
export function checkedName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === "" || trimmed.length > LONGEST_NAME || trimmed.search(UNSEEN) !== -1) {
    const advice = `use 1 to ${LONGEST_NAME} visible characters`;
    throw new UsageError("this cannot be the name of a session", advice);
  }
  return trimmed;
}
