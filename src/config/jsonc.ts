/**
 * JSON with comments and commas too many, as editors write it, with the place of an error, which the runtime's own
 * parsers do not give. Pure.
 */

/** `line` and `column` count from 1. */
export type ParsedJson = { value: unknown } | { problem: string; line: number; column: number };

/** Nobody writes that by hand; deeper would end in a full stack. */
const DEEPEST = 200;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANK = /[\s\ufeff]+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const WORDS = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

export function parseJsonc(text: string): ParsedJson {
  const reader = new Reader(text);
  try {
    return { value: reader.whole() };
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const before = text.slice(0, error.offset).split("\n");
    return { problem: error.message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}

class Unexpected extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    const value = this.#value(0);
    if (this.#next() !== undefined) throw this.#unexpected("the end");
    return value;
  }

  #value(depth: number): unknown {
    const character = this.#next();
    if (depth > DEEPEST) throw new Unexpected(this.#at, "is nested too deeply");
    if (character === "{") return this.#object(depth);
    if (character === "[") return this.#array(depth);
    if (character === '"') return this.#string();
    const written = this.#take(NUMBER) ?? this.#take(/[a-z]+/y);
    if (written !== undefined && WORDS.has(written)) return WORDS.get(written);
    if (written !== undefined && /\d$/.test(written)) return Number(written);
    this.#at -= written?.length ?? 0;
    throw this.#unexpected("a value");
  }

  #object(depth: number): unknown {
    const entries: [string, unknown][] = [];
    this.#at++;
    while (this.#next() !== "}") {
      if (this.#next() !== '"') throw this.#unexpected('a name in quotes or "}"');
      const name = this.#string();
      if (this.#next() !== ":") throw this.#unexpected('":"');
      this.#at++;
      entries.push([name, this.#value(depth + 1)]);
      this.#separator("}");
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    while (this.#next() !== "]") {
      items.push(this.#value(depth + 1));
      this.#separator("]");
    }
    this.#at++;
    return items;
  }

  #separator(end: string): void {
    const character = this.#next();
    if (character === ",") this.#at++;
    else if (character !== end) throw this.#unexpected(`"," or "${end}"`);
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, end + 1));
      this.#at = end + 1;
      return String(value);
    } catch {
      throw new Unexpected(start, "a text without an end, or with what JSON forbids");
    }
  }

  /** Whether an odd number of backslashes stands before. */
  #isEscaped(offset: number): boolean {
    let before = offset;
    while (this.#text[before - 1] === "\\") before--;
    return (offset - before) % 2 === 1;
  }

  /** The next character that is no blank and no comment. */
  #next(): string | undefined {
    while (this.#take(BLANK) !== undefined);
    return this.#text[this.#at];
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #unexpected(wanted: string): Unexpected {
    const found = this.#text[this.#at];
    const what = found === undefined ? "the end" : JSON.stringify(found);
    return new Unexpected(this.#at, `${wanted} was expected, not ${what}`);
  }
}
