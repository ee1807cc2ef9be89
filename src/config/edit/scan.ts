/**
 * Where the tables and the keys of a TOML text stand, for who changes a few lines of it and nothing else. Pure.
 */

export interface Statement {
  kind: "table" | "array" | "key";
  /** From the root: a header's own path, or a key's with its table before it. */
  path: readonly string[];
  /** Offsets of the beginning of its first line and of what follows its last one. */
  start: number;
  end: number;
  /** Of a key: the offsets of its value. */
  value?: { start: number; end: number };
}

/** Every statement of a text that parses, in order. Of a text that does not, what can be made out. */
export function scanToml(text: string): Statement[] {
  const statements: Statement[] = [];
  let table: readonly string[] = [];
  let position = 0;
  while (position < text.length) {
    const begin = skipBlank(text, position);
    if (begin >= text.length) break;
    const statement = text[begin] === "[" ? headerAt(text, begin) : keyAt(text, begin, table);
    if (statement.kind !== "key") table = statement.path;
    statements.push(statement);
    position = statement.end;
  }
  return statements;
}

/** The line, counted from 1, on which an offset lies. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Past blanks, line ends and comments, to the first character of a statement. */
function skipBlank(text: string, from: number): number {
  let position = from;
  while (position < text.length) {
    const character = text[position] ?? "";
    if (character === "#") position = lineEnd(text, position);
    else if (/\s|\ufeff/.test(character)) position++;
    else break;
  }
  return position;
}

function headerAt(text: string, begin: number): Statement {
  const isArray = text[begin + 1] === "[";
  const open = begin + (isArray ? 2 : 1);
  const close = find(text, open, "]");
  return {
    kind: isArray ? "array" : "table",
    path: keyParts(text.slice(open, close)),
    start: lineStart(text, begin),
    end: lineEnd(text, close),
  };
}

function keyAt(text: string, begin: number, table: readonly string[]): Statement {
  const equals = find(text, begin, "=");
  const from = equals + 1 + (/^[ \t]*/.exec(text.slice(equals + 1))?.[0].length ?? 0);
  const to = valueEnd(text, from);
  return {
    kind: "key",
    path: [...table, ...keyParts(text.slice(begin, equals))],
    start: lineStart(text, begin),
    end: lineEnd(text, to),
    value: { start: from, end: from + text.slice(from, to).trimEnd().length },
  };
}

/** The offset of a character outside of quotes; the end of the text where it is missing. */
function find(text: string, from: number, wanted: string): number {
  let position = from;
  while (position < text.length && text[position] !== wanted) position = pastUnit(text, position);
  return Math.min(position, text.length);
}

/** Where a value ends: at the comment or the line end behind it, outside of brackets and quotes. */
function valueEnd(text: string, from: number): number {
  let depth = 0;
  let position = from;
  while (position < text.length) {
    const character = text[position] ?? "";
    if (depth === 0 && (character === "\n" || character === "#")) return position;
    if (character === "[" || character === "{") depth++;
    if (character === "]" || character === "}") depth--;
    position = character === "#" ? lineEnd(text, position) : pastUnit(text, position);
  }
  return text.length;
}

/** Past one character, or past a whole text in quotes. */
function pastUnit(text: string, position: number): number {
  const quote = text[position];
  if (quote !== '"' && quote !== "'") return position + 1;
  const triple = quote.repeat(3);
  const isLong = text.startsWith(triple, position);
  const end = isLong ? triple : quote;
  let at = position + end.length;
  while (at < text.length && !text.startsWith(end, at)) {
    at += quote === '"' && text[at] === "\\" ? 2 : 1;
  }
  at += end.length;
  // A long text may end with one or two quotes of its own.
  while (isLong && text[at] === quote) at++;
  return at;
}

/** Behind the line that holds the offset, its line end included. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The parts of a dotted key, as the parser reads them; none of what is no key. */
function keyParts(written: string): string[] {
  const parts: string[] = [];
  try {
    let value: unknown = Bun.TOML.parse(`${written.trim()} = 0`);
    while (typeof value === "object" && value !== null) {
      const [entry] = Object.entries(value);
      if (!entry) return [];
      parts.push(entry[0]);
      value = entry[1];
    }
    return parts;
  } catch {
    return [];
  }
}
