/**
 * Reading what a server sent: nothing about its shape is believed, a field of the wrong type counts as absent.
 */
export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  // The check makes it an object, whose values stay unknown.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** More than any model reads or writes for one answer. */
const MOST_TOKENS = 1e9;

/** A count of tokens; undefined when it is none, as nothing is to be reckoned with it. */
export function tokenCount(value: unknown): number | undefined {
  const isCount = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS;
  // Never -0, which is told apart from 0 where it is written down.
  return isCount ? value + 0 : undefined;
}

/** Whether there is something in the place of a count that is none: what goes with it cannot be believed. */
export function isOddCount(value: unknown): boolean {
  return value !== undefined && value !== null && tokenCount(value) === undefined;
}

/** What counts for more than a part of the prompt is no part of it. */
export function cachedTokens(
  prompt: number | undefined,
  read: unknown,
  written: unknown,
): { cacheRead: number; cacheWrite: number } {
  const whole = prompt ?? 0;
  const cacheRead = Math.min(tokenCount(read) ?? 0, whole);
  return { cacheRead, cacheWrite: Math.min(tokenCount(written) ?? 0, whole - cacheRead) };
}

/** A number, such as a price; undefined when it is none. */
export function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** What a table has under a word from outside, which may be `constructor` or another name that every object knows. */
export function entryOf<Value>(table: Readonly<Record<string, Value>>, word: string): Value | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

/** The JSON in `source`, or undefined when there is none. */
export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
