/** Keys on the command line, where they do not belong: they are not taken, and not repeated. */
import { looksLikeKey } from "../config/keys-form.ts";
import { UsageError } from "../lib/errors.ts";

export const SET_USAGE = "mcpchat keys set PROVIDER";

/** What was typed there is in the shell's history by now, and every process could see it. */
export function onCommandLine(): UsageError {
  return new UsageError(
    "a key is not taken from the command line, which others can see and shells remember",
    `give it when ${SET_USAGE} asks, or pipe it in`,
  );
}

/** Throws UsageError for a word that may be a key. */
export function refuseKey(word: string): void {
  if (looksLikeKey(word)) throw onCommandLine();
}

/** Throws UsageError for more words than `most`. */
export function refuseMore(words: readonly string[], most: number): void {
  const extra = words[most];
  if (extra === undefined) return;
  refuseKey(extra);
  throw new UsageError(`unexpected argument ${extra}`, "see mcpchat --help");
}
