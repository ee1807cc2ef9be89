/** What a value has to meet at once: references followed, `allOf` taken apart, and what they say brought together. Pure. */
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";
import { referenceOf, targetOf } from "./schema-reference.ts";

export interface Parts {
  /** All of them are to be met. */
  schemas: readonly JsonObject[];
  /** Of each of these one is to be met, too: what `anyOf` and `oneOf` list. */
  choices: readonly JsonValue[][];
  /** What was followed on the way. */
  references: readonly string[];
  /** One of the parts is `false`. */
  nothing: boolean;
}

/** The parts of all `values`, without the choices that are `made`. */
export function partsOf(
  values: readonly JsonValue[],
  root: JsonObject,
  made: ReadonlySet<JsonValue[]> = new Set(),
): Parts {
  const schemas = new Set<JsonObject>();
  const choices = new Set<JsonValue[]>();
  const references: string[] = [];
  let nothing = false;
  const walk = (value: JsonValue | undefined): void => {
    if (value === false) nothing = true;
    if (!isObject(value) || schemas.has(value)) return;
    schemas.add(value);
    const reference = referenceOf(value);
    if (reference !== undefined) {
      references.push(reference);
      walk(targetOf(root, reference));
    }
    for (const part of listOf(value.allOf)) walk(part);
    for (const choice of [value.anyOf, value.oneOf]) {
      if (Array.isArray(choice) && !made.has(choice)) choices.add(choice);
    }
  };
  for (const value of values) walk(value);
  return { schemas: [...schemas], choices: [...choices], references, nothing };
}

const KINDS: readonly (readonly [string, readonly string[]])[] = [
  [
    "object",
    [
      "properties",
      "required",
      "additionalProperties",
      "unevaluatedProperties",
      "patternProperties",
      "propertyNames",
      "minProperties",
      "maxProperties",
    ],
  ],
  [
    "array",
    ["items", "prefixItems", "additionalItems", "unevaluatedItems", "minItems", "maxItems", "uniqueItems"],
  ],
  ["string", ["minLength", "maxLength", "pattern", "format"]],
  ["number", ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]],
];
const TYPES: ReadonlySet<JsonValue> = new Set([
  "string",
  "number",
  "integer",
  "boolean",
  "null",
  "object",
  "array",
]);

/** Whether a schema says by itself what values look like, apart from what it refers to and its choices. */
export function constrains(schema: JsonObject): boolean {
  if (schema.type !== undefined || "const" in schema || schema.enum !== undefined) return true;
  return KINDS.some(([, keywords]) => keywords.some((keyword) => schema[keyword] !== undefined));
}

/** The types that all of the schemas allow; where they name none, the one that they seem to mean; else undefined. */
export function typesOf(schemas: readonly JsonObject[]): string[] | undefined {
  const named = schemas.flatMap(({ type }) => {
    const types = (Array.isArray(type) ? type : [type]).filter(isType);
    return types.length > 0 ? [types] : [];
  });
  const [first, ...others] = named;
  if (first) return others.reduce(narrowed, first);
  const meant = KINDS.find(([, keywords]) =>
    schemas.some((schema) => keywords.some((keyword) => schema[keyword] !== undefined)),
  );
  return meant && [meant[0]];
}

function narrowed(types: string[], others: string[]): string[] {
  const both = types.filter(
    (type) => others.includes(type) || (type === "integer" && others.includes("number")),
  );
  const whole = others.includes("integer") && types.includes("number") && !both.includes("integer");
  return whole ? [...both.filter((type) => type !== "number"), "integer"] : both;
}

function isType(value: JsonValue | undefined): value is string {
  return typeof value === "string" && TYPES.has(value);
}

/** The highest that a keyword has in any of the schemas; minus infinity if none has it. */
export function highest(schemas: readonly JsonObject[], keyword: string): number {
  return Math.max(...numbersOf(schemas, keyword));
}

/** The lowest, or infinity. */
export function lowest(schemas: readonly JsonObject[], keyword: string): number {
  return Math.min(...numbersOf(schemas, keyword));
}

export function numbersOf(schemas: readonly JsonObject[], keyword: string): number[] {
  return schemas.flatMap(({ [keyword]: value }) => (typeof value === "number" ? [value] : []));
}

/** What the schemas ask of the property of this name. */
export function propertyParts(schemas: readonly JsonObject[], name: string): JsonValue[] {
  return schemas.flatMap((schema) => {
    const properties = objectOf(schema.properties);
    const own = Object.hasOwn(properties, name) ? [properties[name] ?? true] : [];
    const patterns = Object.entries(objectOf(schema.patternProperties));
    const matching = patterns.flatMap(([pattern, value]) => (matches(pattern, name) ? [value] : []));
    const known = [...own, ...matching];
    return known.length > 0 ? known : listed(schema.additionalProperties);
  });
}

/** What they ask of the item at this place. */
export function itemParts(schemas: readonly JsonObject[], index: number): JsonValue[] {
  return schemas.flatMap((schema) => {
    const prefix = prefixOf(schema);
    return index < prefix.length ? listed(prefix[index]) : restOf(schema);
  });
}

/** What they ask of the items after the last that has a schema of its own. */
export function restParts(schemas: readonly JsonObject[]): JsonValue[] {
  return schemas.flatMap(restOf);
}

/** The schemas of the first items; before 2020 `items` had them. */
export function prefixOf({ items, prefixItems }: JsonObject): JsonValue[] {
  return Array.isArray(items) ? items : listOf(prefixItems);
}

function restOf({ items, additionalItems, unevaluatedItems }: JsonObject): JsonValue[] {
  const rest = Array.isArray(items) ? additionalItems : items;
  return listed(rest ?? unevaluatedItems);
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, "u").test(name);
  } catch {
    return false;
  }
}

function listed(value: JsonValue | undefined): JsonValue[] {
  return value === undefined ? [] : [value];
}

export function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
