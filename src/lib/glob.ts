/**
 * Whether the whole of `text` matches `pattern`, in which `*` stands for any run of characters and `?` for one.
 * Takes time in proportion to both lengths at worst: a pattern may come from a file that somebody else wrote.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let patternAt = 0;
  let textAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (textAt < text.length) {
    const wanted = pattern[patternAt];
    if (wanted === "*") {
      starAt = patternAt++;
      resumeAt = textAt;
    } else if (wanted === "?" || wanted === text[textAt]) {
      patternAt++;
      textAt++;
    } else if (starAt >= 0) {
      // The last star takes one character more; earlier stars never need to.
      patternAt = starAt + 1;
      textAt = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[patternAt] === "*") patternAt++;
  return patternAt === pattern.length;
}

/** Whether a name passes a filter: deny wins, and an empty `allow` lets everything in that is not denied. */
export function passesFilter(
  name: string,
  filter: { allow: readonly string[]; deny: readonly string[] },
): boolean {
  if (filter.deny.some((pattern) => matchesGlob(pattern, name))) return false;
  return filter.allow.length === 0 || filter.allow.some((pattern) => matchesGlob(pattern, name));
}
