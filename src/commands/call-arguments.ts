/** The arguments of `mcpchat call`: `key=value` words read by the tool's schema, a JSON object, or stdin. */
import type { JsonObject, JsonValue } from "../lib/conversation.ts";
import { UsageError } from "../lib/errors.ts";

/** Throws UsageError for words that are none of the three forms, or a value that its type does not take. */
export async function parseToolArguments(
  words: readonly string[],
  schema: JsonObject,
  readStdin: () => Promise<string>,
): Promise<JsonObject> {
  const [first] = words;
  if (first === undefined) return {};
  if (first === "-") return parseObject(await readStdin(), "standard input");
  if (words.length === 1 && first.trimStart().startsWith("{")) return parseObject(first, "the argument");
  return Object.fromEntries(words.map((word) => parsePair(word, schema)));
}

function parsePair(word: string, schema: JsonObject): [string, JsonValue] {
  const at = word.indexOf("=");
  if (at < 1) throw new UsageError(`not an argument: ${word}`, "write key=value, or one JSON object");
  const key = word.slice(0, at);
  return [key, parseValue(key, word.slice(at + 1), typeOf(schema, key))];
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
  throw new UsageError(`${where} is not a JSON object`);
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
