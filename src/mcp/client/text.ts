/**
 * Every string of a server is hostile: to the terminal that shows it and to the model that reads it.
 */

/**
 * Control characters except tab and line feed, format characters (zero-width, bidirectional, tags that can hide a
 * whole text), line and paragraph separators, and whatever else is drawn as nothing: fillers, and variation selectors,
 * but for the one after an emoji that says how to draw it.
 */
const INVISIBLE =
  /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\t\n\ufe0e\ufe0f]]|(?<!\p{Emoji})[\ufe0e\ufe0f]/gv;

/**
 * Makes what cannot be seen visible (`\u{200b}`), so that nothing reaches the model that a person would not notice.
 * Half of a surrogate pair, for which a provider would refuse the request, becomes U+FFFD.
 */
export function escapeInvisible(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("\r\n", "\n")
    .replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** One line, safe for a terminal, of at most `maxLength` characters: for notices and error messages. */
export function oneLine(text: string, maxLength = 200): string {
  const plain = Bun.stripANSI(text).replace(/\s+/gu, " ").replace(INVISIBLE, "").trim();
  return truncate(plain, maxLength);
}

/** Cuts a text that is too long, without cutting a character in two, and says so with an ellipsis. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${beginning(text, maxLength - 1)}…`;
}

/** At most `maxLength` characters from the beginning of a text, without cutting one in two. */
export function beginning(text: string, maxLength: number): string {
  const cutsPair = maxLength < text.length && /[\ud800-\udbff]/u.test(text.charAt(maxLength - 1));
  return text.slice(0, cutsPair ? maxLength - 1 : maxLength);
}

/**
 * The lines of a stderr that tell why a program died, at most `count`: runtimes end their reports with stack frames,
 * brackets and their own version, which tell nothing.
 */
export function tellingLines(lines: readonly string[], count = 2): string[] {
  const plain = lines.map((line) => Bun.stripANSI(line));
  const telling = plain.filter((line) => !/^\s|^Node\.js v\d|^Bun v\d|^[\W_]*$/u.test(line));
  return (telling.length > 0 ? telling : plain.filter((line) => line.trim() !== "")).slice(-count);
}
