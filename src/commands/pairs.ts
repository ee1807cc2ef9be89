/** Words of a command line that are `key=value`, where every value is a text. */
import { UsageError } from "../lib/errors.ts";

/** Throws UsageError for a word that is none, or a key that comes twice. */
export function parsePairs(words: readonly string[]): Record<string, string> {
  const pairs = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw new UsageError(`not an argument: ${word}`, "write key=value");
    const key = word.slice(0, at);
    if (pairs.has(key)) throw new UsageError(`${key} is given twice`);
    pairs.set(key, word.slice(at + 1));
  }
  return Object.fromEntries(pairs);
}
