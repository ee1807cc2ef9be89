/** Small models fall into loops: the same few words for ever. Pure. */

/** So many tokens in a row that only repeat are no list of equal things any more. */
const LOOPING_TOKENS = 128;
const LONGEST_PERIOD = 16;

/** Whether what was said last only repeats what was said just before. */
export function isLooping(tokens: readonly unknown[]): boolean {
  if (tokens.length < LOOPING_TOKENS) return false;
  const last = tokens.slice(-LOOPING_TOKENS);
  for (let period = 1; period <= LONGEST_PERIOD; period++) {
    if (last.every((token, index) => index < period || token === last[index - period])) return true;
  }
  return false;
}
