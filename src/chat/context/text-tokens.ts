/**
 * How many tokens a text is about: a little more than the tokenizers of today's models make of it, as what does not fit
 * is refused, and what fits too easily costs nothing. Pure.
 */

/** Tokens a character: a word of English has one for four letters; of what programs write, most has fewer letters. */
const LETTER = 0.24;
const DIGIT = 0.65;
const PUNCTUATION = 0.75;
const BLANK = 0.18;
/** Of keys, hashes and base64: no tokenizer has words for them. */
const DENSE = 0.8;
/** Letters and digits without a break, beyond which they are no word. */
const LONGEST_WORD = 16;
/** Greek, Cyrillic, Arabic, accents: two bytes a character. */
const TWO_BYTES = 0.65;
/** Chinese, Japanese, Korean, Thai, Hindi: three bytes. */
const THREE_BYTES = 1.3;
/** Half of a surrogate pair, such as of an emoji. */
const HALF_PAIR = 1.5;

/** By code: 0 to 127. */
const ASCII: readonly number[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z]/.test(character)) return LETTER;
  if (/[0-9]/.test(character)) return DIGIT;
  return /\s/.test(character) ? BLANK : PUNCTUATION;
});

/** Tokens, estimated; takes time in proportion to the text. */
export function estimateText(text: string): number {
  let tokens = 0;
  let run = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const weight = code < 128 ? (ASCII[code] ?? PUNCTUATION) : beyondAscii(code);
    const isWord = code < 128 && (weight === LETTER || weight === DIGIT);
    run = isWord ? run + 1 : 0;
    tokens += run > LONGEST_WORD ? DENSE : weight;
  }
  return Math.ceil(tokens);
}

function beyondAscii(code: number): number {
  if (code < 0x800) return TWO_BYTES;
  return code >= 0xd800 && code <= 0xdfff ? HALF_PAIR : THREE_BYTES;
}
