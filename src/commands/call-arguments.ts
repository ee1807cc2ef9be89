/** The arguments of `mcpchat call`: `key=value` words read by the tool's schema, a JSON object, or stdin. */
import { parseJsonc } from "../config/jsonc.ts";
import type { JsonObject, JsonValue } from "../lib/conversation.ts";
import { UsageError } from "../lib/errors.ts";

/** What the words come to once the tool's schema is known. Throws UsageError for a value that its type does not take. */
type Reading = (schema: JsonObject) => JsonObject;

/** Reads the words as far as that goes without a schema. Throws UsageError for what is none of the three forms. */
export async function readToolArguments(
  words: readonly string[],
  readStdin: () => Promise<string>,
): Promise<Reading> {
  const [first] = words;
  if (first === undefined) return () => ({});
  const isObject = words.length === 1 && first.trimStart().startsWith("{");
  if (first === "-" || isObject) {
    const value = isObject
      ? parseObject(first, "the argument")
      : parseObject(await readStdin(), "standard input");
    return () => value;
  }
  const pairs = words.map(splitPair);
  return (schema) =>
    Object.fromEntries(pairs.map(([key, text]) => [key, parseValue(key, text, typeOf(schema, key))]));
}

function splitPair(word: string): [string, string] {
  const at = word.indexOf("=");
  if (at < 1) throw new UsageError(`not an argument: ${word}`, "write key=value, or one JSON object");
  return [word.slice(0, at), word.slice(at + 1)];
}

/** The schema's type of a property; undefined when it names none, or several. */
function typeOf(schema: JsonObject, key: string): string | undefined {
  const { properties } = schema;
  if (!isObject(properties) || !Object.hasOwn(properties, key)) return undefined;
  const property = properties[key];
  return isObject(property) && typeof property.type === "string" ? property.type : undefined;
}

function parseValue(key: string, text: string, type: string | undefined): JsonValue {
  if (type === "string") return text;
  const value = tryJson(text);
  if (type === undefined) return value === undefined ? text : value;
  const fits = value !== undefined && matchesType(value, type);
  if (!fits) throw new UsageError(`${key} should be of type ${type}, not ${JSON.stringify(text)}`);
  return value;
}

function matchesType(value: JsonValue, type: string): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  return typeof value === type;
}

function parseObject(text: string, where: string): JsonObject {
  const value = tryJson(text);
  if (isObject(value)) return value;
  throw new UsageError(`${where} is not a JSON object${value === undefined ? placeOfError(text) : ""}`);
}

/** The runtime's own parser does not say where. */
function placeOfError(text: string): string {
  if (text.trim() === "") return ": it is empty";
  const parsed = parseJsonc(text);
  // JSON but for its comments or commas too many.
  if ("value" in parsed) return ": it has a comment, or a comma too many";
  const { line, column, problem } = parsed;
  return `: ${problem} at ${line === 1 ? "" : `line ${line}, `}column ${column}`;
}

function tryJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue; // What JSON.parse returns is one by definition.
  } catch {
    return undefined;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
