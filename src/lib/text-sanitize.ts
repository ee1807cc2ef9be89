/**
 * Makes text of a model or a server harmless to a terminal: no escape sequence, no control character but newline
 * and tab, nothing invisible or reordering. Carriage returns become newlines, so that nothing is overwritten.
 *
 * Joiners and variation selectors are invisible but carry meaning in some scripts and in emoji, so one of them
 * stays where it has its use: a joiner between two letters of a joining script (Persian, Hindi, ...) or between
 * two pictographs, a selector after an emoji. Everywhere else, and in runs, where text is smuggled, they go. Flags
 * made of tag characters (England, Scotland, Wales) turn into the plain black flag.
 */
import { type EscapeState, stepEscape } from "./text-escape.ts";

const PLAIN = /^[\t\n -~]*$/;
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}]/u;
const JOINER = /[\u200c\u200d]/;
const EMOJI_SELECTOR = /[\ufe0e\ufe0f]/;
const BEFORE_EMOJI_JOINER = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;
const BEFORE_EMOJI_SELECTOR = /\p{Emoji}/u;
const LINE_END = /[\r\u2028\u2029]/;
const LETTER_THAT_JOINS =
  /[[\p{L}\p{M}]&&[\p{sc=Arab}\p{sc=Syrc}\p{sc=Mong}\p{sc=Nkoo}\p{sc=Deva}\p{sc=Beng}\p{sc=Guru}\p{sc=Gujr}\p{sc=Orya}\p{sc=Taml}\p{sc=Telu}\p{sc=Knda}\p{sc=Mlym}\p{sc=Sinh}\p{sc=Khmr}\p{sc=Mymr}]]/v;
const REPLACEMENT = "\ufffd";

function isControl(code: number): boolean {
  return (code < 0x20 && code !== 0x0a && code !== 0x09) || (code >= 0x7f && code <= 0x9f);
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function joins(before: string, joiner: string, after: string): boolean {
  if (LETTER_THAT_JOINS.test(before) && LETTER_THAT_JOINS.test(after)) return true;
  return joiner === "\u200d" && BEFORE_EMOJI_JOINER.test(before) && PICTOGRAPH.test(after);
}

/**
 * Sanitises a text that arrives in pieces, cut anywhere. What it returns is the same however the text was cut, and
 * it holds back one character at most.
 */
export class Sanitizer {
  #escape: EscapeState = { in: "text" };
  /** The last character that was let through: joiners are judged by it. */
  #before = "";
  /** A joiner that waits for the character after it. */
  #joiner = "";
  /** The first half of a character that was cut in two. */
  #half = "";
  #afterReturn = false;

  /** Returns what can be shown of `chunk` and of what was held back. */
  write(chunk: string): string {
    const text = this.#half + chunk;
    this.#half = "";
    if (this.#isIdle() && PLAIN.test(text)) return this.#pass(text);
    let shown = "";
    for (const character of this.#withoutHalf(text)) shown += this.#take(character);
    return shown;
  }

  /** Ends the text: returns what was held back and can be shown. */
  end(): string {
    const rest = this.#half === "" ? "" : this.#take(this.#half);
    this.#half = "";
    this.#joiner = "";
    return rest;
  }

  #isIdle(): boolean {
    return this.#escape.in === "text" && this.#joiner === "" && !this.#afterReturn;
  }

  #pass(text: string): string {
    this.#before = text.at(-1) ?? this.#before;
    return text;
  }

  #withoutHalf(text: string): string {
    const last = text.charCodeAt(text.length - 1);
    if (!(last >= 0xd800 && last <= 0xdbff)) return text;
    this.#half = text.slice(-1);
    return text.slice(0, -1);
  }

  #take(character: string): string {
    const code = character.codePointAt(0) ?? 0;
    const { state, swallowed } = stepEscape(this.#escape, code);
    this.#escape = state;
    return swallowed ? "" : this.#show(character, code);
  }

  #show(character: string, code: number): string {
    const skipped = this.#afterReturn && character === "\n";
    this.#afterReturn = character === "\r";
    if (skipped) return "";
    if (LINE_END.test(character)) return this.#emit("\n");
    if (isControl(code)) return "";
    if (isSurrogate(code)) return this.#emit(REPLACEMENT);
    if (code < 0x7f) return this.#emit(character);
    if (JOINER.test(character)) return this.#hold(character);
    if (EMOJI_SELECTOR.test(character) && BEFORE_EMOJI_SELECTOR.test(this.#before))
      return this.#emit(character);
    return INVISIBLE.test(character) ? "" : this.#emit(character);
  }

  /** Of several joiners in a row none is kept. */
  #hold(joiner: string): string {
    this.#before = this.#joiner === "" ? this.#before : "";
    this.#joiner = joiner;
    return "";
  }

  #emit(character: string): string {
    const joined = this.#joiner !== "" && joins(this.#before, this.#joiner, character);
    const shown = joined ? this.#joiner + character : character;
    this.#joiner = "";
    this.#before = character;
    return shown;
  }
}

/** Sanitises a whole text. */
export function sanitize(text: string): string {
  if (PLAIN.test(text)) return text;
  const sanitizer = new Sanitizer();
  return sanitizer.write(text) + sanitizer.end();
}
