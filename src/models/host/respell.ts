/**
 * A model may spell its answer in other tokens than the tokenizer would: "Hel|lo" for "Hello". When the answer comes
 * back as a part of the next prompt it must keep the model's spelling, else everything from there on is evaluated
 * again. Pure.
 */

/** What the model said, as a range of the evaluated tokens; `end` is exclusive. */
export interface Spoken {
  start: number;
  end: number;
}

/** The text of tokens that stand behind others, special tokens spelled out. */
export type Spell<Token> = (tokens: readonly Token[], before: readonly Token[]) => string;

/** A stop text is evaluated with the answer, but is no part of it. */
const MOST_TRAILING = 8;

/**
 * The tokens of a prompt with what the model said spelled as it was evaluated. A range whose text is not found at its
 * place is left as the tokenizer spelled it, and so is everything behind.
 */
export function respell<Token>(
  wanted: readonly Token[],
  evaluated: readonly Token[],
  spoken: readonly Spoken[],
  spell: Spell<Token>,
): Token[] {
  let tokens = [...wanted];
  for (const { start, end } of spoken) {
    if (!startAlike(tokens, evaluated, start)) break;
    if (startAlike(tokens, evaluated, end)) continue;
    const found = findSpoken(tokens, evaluated, { start, end }, spell);
    if (!found) break;
    tokens = [...evaluated.slice(0, found.evaluatedEnd), ...tokens.slice(found.wantedEnd)];
  }
  return tokens;
}

function startAlike<Token>(one: readonly Token[], other: readonly Token[], count: number): boolean {
  if (one.length < count || other.length < count) return false;
  for (let index = 0; index < count; index++) if (one[index] !== other[index]) return false;
  return true;
}

function findSpoken<Token>(
  wanted: readonly Token[],
  evaluated: readonly Token[],
  { start, end }: Spoken,
  spell: Spell<Token>,
): { evaluatedEnd: number; wantedEnd: number } | undefined {
  const before = evaluated.slice(0, start);
  const textUpTo = (length: number) => spell(wanted.slice(start, start + length), before);
  for (let cut = end; cut > start && cut >= end - MOST_TRAILING; cut--) {
    const text = spell(evaluated.slice(start, cut), before);
    const length = lengthOf(text, wanted.length - start, textUpTo);
    if (length !== undefined) return { evaluatedEnd: cut, wantedEnd: start + length };
  }
  return undefined;
}

/**
 * How many tokens spell `text`; undefined when none do. Templates trim answers, and the first token of one may carry a
 * blank that was not shown: blanks at both ends do not count.
 */
function lengthOf(text: string, most: number, textUpTo: (length: number) => string): number | undefined {
  const target = text.trim();
  if (target === "") return undefined;
  let low = 1;
  let high = most;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (textUpTo(middle).trim().length >= target.length) high = middle;
    else low = middle + 1;
  }
  if (low > most || textUpTo(low).trim() !== target) return undefined;
  const exact = low < most && textUpTo(low + 1).trimStart() === text.trimStart();
  return exact ? low + 1 : low;
}
