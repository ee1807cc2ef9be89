/** Whether Anthropic can hold an answer to a schema: it refuses some, and would take the meaning out of others. */
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";
import { isJsonObject } from "../tool-call.ts";

/**
 * Properties that may be left out, and places where one of several types may be. The API's own limits are 24 and 16,
 * but the grammar that it makes of a schema is found to be too large from 11 optional properties on.
 */
const MOST_OPTIONAL = 10;
const MOST_UNIONS = 16;
/** Closing objects would contradict `allOf`; the others it does not know, and without them too much would be allowed. */
const BEYOND: readonly string[] = [
  "allOf",
  "patternProperties",
  "prefixItems",
  "$dynamicRef",
  "$recursiveRef",
];
const PRIMITIVES: readonly JsonValue[] = ["string", "number", "integer", "boolean", "null"];

interface Size {
  optional: number;
  unions: number;
}

/** The whole schema, and how large what its references name is: each is looked at once, however often it is named. */
interface Place {
  root: JsonObject;
  /** Undefined for what has no such form, and for what is being looked at. */
  sizes: Map<string, Size | undefined>;
}

export function isExpressible(schema: JsonObject): boolean {
  const size = sizeOf(schema, { root: schema, sizes: new Map() });
  return size !== undefined && size.optional <= MOST_OPTIONAL && size.unions <= MOST_UNIONS;
}

/** The types that a schema names, or that its other words imply. */
export function typesOf({ type, properties, items }: JsonObject): JsonValue[] {
  if (Array.isArray(type)) return type;
  if (type !== undefined) return [type];
  if (properties !== undefined) return ["object"];
  return items === undefined ? [] : ["array"];
}

/** Undefined when there is no such form; references count wherever they are. */
function sizeOf(schema: JsonValue | undefined, place: Place): Size | undefined {
  if (!isJsonObject(schema) || BEYOND.some((key) => schema[key] !== undefined)) return undefined;
  if (schema.$ref !== undefined) return sizeOfReference(schema.$ref, place);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return sizeOfBranches(branches, schema, place);
  const literals = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (literals !== undefined) return areLiterals(literals) ? { optional: 0, unions: 0 } : undefined;
  const types = typesOf(schema);
  const sizes = types.map((type) => sizeOfType(type, schema, place));
  return types.length === 0 ? undefined : sum(sizes, types.length > 1 ? 1 : 0);
}

function sizeOfReference(reference: JsonValue, place: Place): Size | undefined {
  const { root, sizes } = place;
  if (typeof reference !== "string") return undefined;
  if (sizes.has(reference)) return sizes.get(reference);
  // A schema that holds itself is refused.
  sizes.set(reference, undefined);
  const size = sizeOf(resolve(reference, root), place);
  sizes.set(reference, size);
  return size;
}

function resolve(reference: string, root: JsonObject): JsonValue | undefined {
  const [start, ...path] = reference.split("/");
  if (start !== "#") return undefined;
  let found: JsonValue | undefined = root;
  for (const step of path) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}

/** Branches beside properties would be closed against these. */
function sizeOfBranches(branches: JsonValue, schema: JsonObject, place: Place): Size | undefined {
  if (!Array.isArray(branches) || branches.length === 0 || schema.properties !== undefined) return undefined;
  return sum(
    branches.map((branch) => sizeOf(branch, place)),
    1,
  );
}

function areLiterals(values: JsonValue): boolean {
  return (
    Array.isArray(values) &&
    values.length > 0 &&
    values.every((value) => value === null || typeof value !== "object")
  );
}

function sizeOfType(type: JsonValue, schema: JsonObject, place: Place): Size | undefined {
  if (type === "object") return sizeOfObject(schema, place);
  if (type === "array") return sizeOf(schema.items, place);
  return PRIMITIVES.includes(type) ? { optional: 0, unions: 0 } : undefined;
}

function sizeOfObject(schema: JsonObject, place: Place): Size | undefined {
  const { properties, required = [], additionalProperties = false } = schema;
  // An open object would come back empty.
  if (!isJsonObject(properties) || additionalProperties !== false || !Array.isArray(required))
    return undefined;
  const names = Object.keys(properties);
  if (!required.every((name) => typeof name === "string" && names.includes(name))) return undefined;
  const size = sum(
    names.map((name) => sizeOf(properties[name], place)),
    0,
  );
  const optional = names.filter((name) => !required.includes(name)).length;
  return size && { ...size, optional: size.optional + optional };
}

function sum(sizes: readonly (Size | undefined)[], unions: number): Size | undefined {
  const total: Size = { optional: 0, unions };
  for (const size of sizes) {
    if (!size) return undefined;
    total.optional += size.optional;
    total.unions += size.unions;
  }
  return total;
}
