/** Text whose hidden parts are shown: for who has to judge a text rather than read it. */

const EMOJI = String.raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})*`;
const HIDDEN = String.raw`[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]`;
/** Emoji come first, so that what joins them counts as theirs. */
const EMOJI_OR_HIDDEN = new RegExp(`${EMOJI}|(?![\\n\\t])(?<hidden>${HIDDEN})`, "gu");

/**
 * Writes every character that a terminal would obey, reorder by or not show, newline and tab apart, as `\u{1b}`. What
 * is returned is harmless to a terminal.
 */
export function reveal(text: string): string {
  return text.replace(EMOJI_OR_HIDDEN, (match, hidden?: string) =>
    hidden === undefined ? match : `\\u{${(hidden.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
