/**
 * From JSON Schema, as users and tools write it, to the part of it that the library makes grammars of. The result
 * accepts nothing that the schema refuses, as far as a grammar can say it: patterns and ranges stay unchecked. Pure.
 */
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";

export interface GrammarSchemaOptions {
  /**
   * The grammar writes every property. `null` lets the model leave out an optional one, to be taken away afterwards;
   * `write` has it written all the same.
   */
  optional: "null" | "write";
}

interface Scope extends GrammarSchemaOptions {
  definitions: JsonObject;
  /** References that lead to where we are: one that comes again is recursive. */
  within: readonly string[];
}

const TYPES: ReadonlySet<JsonValue> = new Set(["string", "number", "integer", "boolean", "null"]);
const FORMATS: ReadonlySet<JsonValue> = new Set(["date-time", "time", "date"]);
/** A whole number of so small a range is written as a list of its values. */
const MOST_LISTED = 256;

/** The schema for the library. Throws RangeError, saying where, for one that no answer can meet. */
export function grammarSchema(schema: JsonObject, options: GrammarSchemaOptions): JsonObject {
  const definitions = { ...objectOf(schema.definitions), ...objectOf(schema.$defs) };
  const scope = { ...options, definitions, within: [] };
  const converted = convert(schema, scope);
  const defs = Object.fromEntries(
    Object.entries(definitions).map(([name, value]) => [name, convert(value, { ...scope, within: [name] })]),
  );
  return Object.keys(defs).length > 0 ? { ...converted, $defs: defs } : converted;
}

function convert(value: JsonValue | undefined, scope: Scope): JsonObject {
  if (value === false) throw new RangeError("a part of the schema is `false`, which nothing meets");
  if (value === true || value === undefined || !isObject(value)) return ANY;
  const name = referenceOf(value);
  if (name !== undefined) return isObject(scope.definitions[name]) ? { $ref: `#/$defs/${name}` } : ANY;
  if ("const" in value) return literals([value.const ?? null]);
  if (Array.isArray(value.enum)) return literals(value.enum);
  const choices = value.oneOf ?? value.anyOf;
  if (Array.isArray(choices)) return { oneOf: choices.map((choice) => convert(choice, scope)) };
  if (Array.isArray(value.allOf)) return convert(merged(value), scope);
  return convertType(value, typeOf(value), scope);
}

function convertType(value: JsonObject, type: JsonValue | undefined, scope: Scope): JsonObject {
  if (Array.isArray(type)) {
    return { oneOf: type.map((one) => convertType({ ...value, type: one }, one, scope)) };
  }
  if (type === "object") return convertObject(value, scope);
  if (type === "array") return convertArray(value, scope);
  if (type === "string" && FORMATS.has(value.format ?? "")) return { type, format: value.format ?? "" };
  if (type === "string") return { type, ...picked(value, ["minLength", "maxLength"]) };
  if (type === "integer") return listed(value) ?? { type };
  if (type !== undefined && TYPES.has(type)) return { type };
  return ANY;
}

function convertObject(value: JsonObject, scope: Scope): JsonObject {
  const required = new Set(Array.isArray(value.required) ? value.required : []);
  const properties = Object.entries(objectOf(value.properties)).flatMap(
    ([name, property]): [string, JsonObject][] => {
      if (required.has(name)) return [[name, convert(property, scope)]];
      if (scope.optional === "null") return [[name, { oneOf: [convert(property, scope), { type: "null" }] }]];
      // Written each time, a property that holds its own kind would never end.
      return isRecursive(property, scope) ? [] : [[name, convert(property, scope)]];
    },
  );
  const { additionalProperties: additional } = value;
  const open = value.properties === undefined && additional === undefined;
  const more = open ? true : isObject(additional) ? convert(additional, scope) : additional === true;
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    // Where some properties are known the others are noise, unless they are asked for.
    ...(more !== false && (open || isObject(additional) || value.minProperties !== undefined)
      ? { additionalProperties: more, ...picked(value, ["minProperties", "maxProperties"]) }
      : {}),
  };
}

function convertArray(value: JsonObject, scope: Scope): JsonObject {
  const { items, prefixItems } = value;
  const prefix = Array.isArray(prefixItems) ? prefixItems.map((item) => convert(item, scope)) : undefined;
  const closed = items === false && prefix ? { maxItems: prefix.length } : {};
  return {
    type: "array",
    ...(isObject(items) ? { items: convert(items, scope) } : {}),
    ...(prefix ? { prefixItems: prefix } : {}),
    ...picked(value, ["minItems", "maxItems"]),
    ...closed,
  };
}

const ANY: JsonObject = {
  oneOf: [
    { type: ["string", "number", "boolean", "null"] },
    { type: "object", additionalProperties: true },
    { type: "array" },
  ],
};

function typeOf(value: JsonObject): JsonValue | undefined {
  if (value.type !== undefined) return value.type;
  if (value.properties !== undefined || value.additionalProperties !== undefined) return "object";
  return value.items !== undefined || value.prefixItems !== undefined ? "array" : undefined;
}

/** The library lists texts, numbers, truth values and null; objects and arrays are spelled out as schemas. */
function literals(values: readonly JsonValue[]): JsonObject {
  const simple = values.filter((value) => typeof value !== "object" || value === null);
  const rest = values.filter((value) => typeof value === "object" && value !== null);
  if (rest.length === 0) return { enum: simple };
  const spelled = rest.map(spelledOut);
  return { oneOf: simple.length === 0 ? spelled : [{ enum: simple }, ...spelled] };
}

function spelledOut(value: JsonValue): JsonObject {
  if (Array.isArray(value)) {
    const { length } = value;
    return { type: "array", prefixItems: value.map(spelledOut), minItems: length, maxItems: length };
  }
  if (!isObject(value)) return { const: value };
  const properties = Object.entries(value).map(([name, inner]) => [name, spelledOut(inner)] as const);
  return { type: "object", properties: Object.fromEntries(properties) };
}

function listed({
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
}: JsonObject): JsonObject | undefined {
  const least = typeof exclusiveMinimum === "number" ? Math.floor(exclusiveMinimum) + 1 : minimum;
  const most = typeof exclusiveMaximum === "number" ? Math.ceil(exclusiveMaximum) - 1 : maximum;
  if (typeof least !== "number" || typeof most !== "number") return undefined;
  const first = Math.ceil(least);
  const count = Math.floor(most) - first + 1;
  if (count < 1) throw new RangeError(`no whole number lies from ${least} to ${most}`);
  if (count > MOST_LISTED) return undefined;
  return { enum: Array.from({ length: count }, (_, index) => first + index) };
}

/** The parts of `allOf` and what stands beside it, as one schema. */
function merged({ allOf, ...beside }: JsonObject): JsonObject {
  const parts = [beside, ...(Array.isArray(allOf) ? allOf : [])].filter(isObject);
  return {
    ...Object.assign({}, ...parts),
    ...(parts.some(({ properties }) => isObject(properties)) && {
      properties: Object.assign({}, ...parts.map(({ properties }) => objectOf(properties))),
    }),
    required: parts.flatMap(({ required }) => (Array.isArray(required) ? required : [])),
  };
}

function isRecursive(value: JsonValue, scope: Scope): boolean {
  if (Array.isArray(value)) return value.some((item) => isRecursive(item, scope));
  if (!isObject(value)) return false;
  const name = referenceOf(value);
  if (name === undefined) return Object.values(value).some((inner) => isRecursive(inner, scope));
  if (scope.within.includes(name)) return true;
  const definition = scope.definitions[name];
  return definition !== undefined && isRecursive(definition, { ...scope, within: [...scope.within, name] });
}

function referenceOf({ $ref }: JsonObject): string | undefined {
  return typeof $ref === "string" ? /^#\/(?:\$defs|definitions)\/(.+)$/.exec($ref)?.[1] : undefined;
}

function picked(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(
    keys.flatMap((key) => (typeof value[key] === "number" ? [[key, value[key]]] : [])),
  );
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
