/** Values that a schema lists one by one. Pure. */
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";
import { ANY, choiceOf, NEVER, type Shape } from "./grammar-shape.ts";
import { highest, isObject, lowest, numbersOf, typesOf } from "./schema-parts.ts";

/** A number of so small a range is written as a list of its values. */
const MOST_LISTED = 256;
/** What a number holds for certain. */
const MOST_DIGITS = 15;

/** The values of `enum` and `const` that meet the schemas as far as one value shows; undefined if nothing is listed. */
export function valuesOf(schemas: readonly JsonObject[]): JsonValue[] | undefined {
  const lists = schemas.flatMap((schema) => [
    ...("const" in schema ? [[schema.const ?? null]] : []),
    ...(Array.isArray(schema.enum) ? [schema.enum] : []),
  ]);
  const [first, ...others] = lists;
  const unlisted = schemas.map(({ const: _, enum: __, ...rest }) => rest);
  return first?.filter(
    (value) =>
      others.every((list) => list.some((one) => Bun.deepEquals(one, value))) && isWithin(value, unlisted),
  );
}

/** The values as a shape; objects and lists are spelled out, as the library knows only simple ones. */
export function literals(values: readonly JsonValue[]): Shape {
  const simple = values.filter((value) => typeof value !== "object" || value === null);
  const rest = values.filter((value) => typeof value === "object" && value !== null);
  for (const value of simple) if (typeof value === "string") requireSayable(value);
  const listed: Shape = simple.length > 0 ? { kind: "simple", schema: { enum: simple } } : NEVER;
  return choiceOf([listed, ...rest.map(spelledOut)]);
}

function spelledOut(value: JsonValue): Shape {
  if (Array.isArray(value)) {
    const { length } = value;
    return { kind: "array", prefix: value.map(spelledOut), rest: ANY, least: length, most: length };
  }
  if (!isObject(value)) return literals([value]);
  const properties = Object.entries(value).map(([name, inner]) => {
    requireSayable(name);
    return { name, shape: spelledOut(inner), required: true };
  });
  return { kind: "object", properties, more: NEVER, open: false, least: 0, most: properties.length };
}

/** The whole numbers from the lowest to the highest, if both are said and lie near each other. */
export function wholeNumbers(schemas: readonly JsonObject[]): JsonValue[] | undefined {
  const { least, most } = rangeOf(schemas);
  const [first, last] = [Math.ceil(least), Math.floor(most)];
  if (first > last) return [];
  // Not the difference of the two, which may be NaN.
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last - first >= MOST_LISTED)
    return undefined;
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return all.filter((value) => isWithin(value, schemas));
}

/**
 * The numbers between both bounds, if these are said: all multiples of what they have to be one of, or decimals as fine
 * as there is room for in a list. Where not even the whole numbers fit in, undefined.
 */
export function decimals(schemas: readonly JsonObject[]): JsonValue[] | undefined {
  const { least, most } = rangeOf(schemas);
  if (least === most) return [least];
  const step = highest(schemas, "multipleOf");
  const listed = step > 0 ? multiples(schemas, step) : undefined;
  if (listed && listed.length > 0) return listed;
  let finest: JsonValue[] | undefined;
  for (let digits = 0; digits <= MOST_DIGITS; digits++) {
    const values = multiples(schemas, Number(`1e-${digits}`));
    if (!values) break;
    if (values.length > 0) finest = values;
  }
  return finest;
}

/** The multiples of a step that meet all schemas; undefined if they are too many, or have no bounds. */
function multiples(schemas: readonly JsonObject[], step: number): JsonValue[] | undefined {
  const { least, most } = rangeOf(schemas);
  // One more at each end: the division may be off by a little.
  const [first, last] = [Math.floor(least / step), Math.ceil(most / step)];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last - first > MOST_LISTED + 1)
    return undefined;
  const all = Array.from({ length: last - first + 1 }, (_, index) => rounded((first + index) * step));
  const within = [...new Set(all)].filter((value) => isNumberWithin(value, schemas));
  return within.length > MOST_LISTED ? undefined : within;
}

/** 7 times 0.01 is 0.07, and not a hair more. */
function rounded(value: number): number {
  return Number(value.toPrecision(MOST_DIGITS));
}

/** Whether a number meets the bounds of all schemas. */
export function hasRoom(schemas: readonly JsonObject[]): boolean {
  const { least, most } = rangeOf(schemas);
  return least < most || (least === most && isNumberWithin(least, schemas));
}

function rangeOf(schemas: readonly JsonObject[]): { least: number; most: number } {
  return {
    least: Math.max(highest(schemas, "minimum"), highest(schemas, "exclusiveMinimum")),
    most: Math.min(lowest(schemas, "maximum"), lowest(schemas, "exclusiveMaximum")),
  };
}

function isWithin(value: JsonValue, schemas: readonly JsonObject[]): boolean {
  const types = schemas.some(({ type }) => type !== undefined) ? typesOf(schemas) : undefined;
  if (types && !types.some((type) => isOfType(value, type))) return false;
  if (typeof value === "number") return isNumberWithin(value, schemas);
  if (typeof value !== "string") return true;
  const { length } = [...value];
  return length >= highest(schemas, "minLength") && length <= lowest(schemas, "maxLength");
}

function isNumberWithin(value: number, schemas: readonly JsonObject[]): boolean {
  const { least, most } = rangeOf(schemas);
  if (value < least || value > most) return false;
  if (value <= highest(schemas, "exclusiveMinimum") || value >= lowest(schemas, "exclusiveMaximum"))
    return false;
  return numbersOf(schemas, "multipleOf").every((step) => Number.isInteger(value / step));
}

function isOfType(value: JsonValue, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  return type === "integer" ? Number.isInteger(value) : typeof value === type;
}

/**
 * The grammar would have such a character stand in JSON as it is. Throws RangeError for a text that holds one; the
 * library escapes tabs and ends of lines alone.
 */
export function requireSayable(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const control = /[\0-\x08\x0b\x0c\x0e-\x1f]/.exec(text)?.[0];
  if (control === undefined && text.isWellFormed()) return;
  const code = (control?.charCodeAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const what = control === undefined ? "half a surrogate pair" : `the control character U+${code}`;
  throw new RangeError(`a name or value in it holds ${what}`);
}
