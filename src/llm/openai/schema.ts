/** The schema of an answer as OpenAI's APIs take it. */
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";
import { isJsonObject } from "../tool-call.ts";

export interface SchemaFormat {
  name: string;
  schema: JsonObject;
  strict: boolean;
}

export function schemaFormat(schema: JsonObject): SchemaFormat {
  return { name: "answer", schema, strict: canBeStrict(schema) };
}

/** What OpenAI knows of JSON Schema where it makes sure of an answer. */
const KNOWN: ReadonlySet<string> = new Set([
  ...["$schema", "$defs", "$ref", "definitions", "title", "description"],
  ...["type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf"],
  ...["pattern", "format", "minItems", "maxItems", "multipleOf"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
]);

/** Whether a model can be held to all of it: OpenAI refuses to be strict about any other schema. */
export function canBeStrict(schema: JsonObject): boolean {
  return schema.type === "object" && schema.anyOf === undefined && isStrict(schema);
}

function isStrict(schema: JsonValue | undefined): boolean {
  if (!isJsonObject(schema)) return false;
  if (Object.keys(schema).some((keyword) => !KNOWN.has(keyword))) return false;
  const { items, anyOf, properties, $defs, definitions } = schema;
  if (properties !== undefined || includesObject(schema.type)) {
    if (!isClosed(schema)) return false;
  }
  const inner = [properties, $defs, definitions].flatMap((named) =>
    isJsonObject(named) ? Object.values(named) : [],
  );
  const others = [...(items === undefined ? [] : [items]), ...(Array.isArray(anyOf) ? anyOf : [])];
  return [...inner, ...others].every(isStrict);
}

function includesObject(type: JsonValue | undefined): boolean {
  return type === "object" || (Array.isArray(type) && type.includes("object"));
}

/** No property is optional, and none can be added. */
function isClosed({ properties = {}, required = [], additionalProperties }: JsonObject): boolean {
  if (additionalProperties !== false || !isJsonObject(properties) || !Array.isArray(required)) return false;
  return Object.keys(properties).every((name) => required.includes(name));
}
