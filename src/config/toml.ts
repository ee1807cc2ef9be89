/**
 * Bun's TOML parser, with the place of an error, which it does not give (its `line` is that of the call).
 */

import { ConfigurationError } from "../lib/errors.ts";

/** `line` counts from 1; absent when the text is too long to look for it. */
export type Parsed = { tree: unknown } | { problem: string; line?: number };

/** Looking for the line parses the text again and again, which is fine for what people write by hand. */
const LONGEST_SEARCH_LINES = 1000;

/** The tree of a file's text. Throws ConfigurationError with the file and the line. */
export function parsedTree(file: string, text: string): unknown {
  const parsed = parseToml(text);
  if ("tree" in parsed) return parsed.tree;
  const where = parsed.line === undefined ? file : `${file}:${parsed.line}`;
  throw new ConfigurationError(`${where}: ${parsed.problem}`);
}

export function parseToml(text: string): Parsed {
  try {
    return { tree: Bun.TOML.parse(text) };
  } catch (error) {
    const line = lineOfError(text);
    return { problem: describe(error), ...(line === undefined ? {} : { line }) };
  }
}

/** What the parser quotes may be a key whose quotation marks are missing: the place and the kind of mistake are enough. */
const QUOTED = /:? (?:"(?!."(?:\s|$)).*"|'(?!.'(?:\s|$)).*')/gs;

function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first = ""] = message
    .replace(/^TOML Parse error: /, "")
    .replace(QUOTED, "")
    .split("\n");
  return first.charAt(0).toLowerCase() + first.slice(1);
}

/** The line on which the first statement begins that the longest valid beginning of the text does not hold. */
function lineOfError(text: string): number | undefined {
  const lines = text.split("\n");
  if (lines.length > LONGEST_SEARCH_LINES) return undefined;
  for (let count = lines.length - 1; count > 0; count--) {
    if (isValid(lines.slice(0, count).join("\n"))) return count + 1;
  }
  return 1;
}

function isValid(text: string): boolean {
  try {
    Bun.TOML.parse(text);
    return true;
  } catch {
    return false;
  }
}
