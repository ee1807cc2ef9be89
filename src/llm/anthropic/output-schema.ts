/**
 * A schema as Anthropic takes it for the form of an answer: a part of JSON Schema, in which every object is closed.
 * What it does not know is told in the description instead; who asked checks the answer against the whole schema.
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";
import { isJsonObject } from "../tool-call.ts";
import { isExpressible, typesOf } from "./schema-limits.ts";

/** Handled elsewhere, or saying nothing about the answer. */
const UNTOLD: readonly string[] = [
  "$schema",
  "$id",
  "$comment",
  "$anchor",
  "$defs",
  "definitions",
  "default",
  "examples",
  "deprecated",
  "type",
  "anyOf",
  "oneOf",
  "title",
  "description",
];

const FORMATS: readonly JsonValue[] = [
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
];

/** The schema in Anthropic's form; undefined when it has none, and the model has to be asked in words. */
export function outputSchema(schema: JsonObject): JsonObject | undefined {
  return isExpressible(schema) ? closed(schema) : undefined;
}

function closed(schema: JsonObject): JsonObject {
  const definitions = definitionsOf(schema);
  if (schema.$ref !== undefined) return { ...definitions, $ref: schema.$ref };
  const form = { ...definitions, ...formOf(schema) };
  return { ...form, ...wordsOf(schema, form) };
}

function closedAt(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? closed(value) : {};
}

function definitionsOf(schema: JsonObject): JsonObject {
  const found: JsonObject = {};
  for (const key of ["$defs", "definitions"]) {
    const named = schema[key];
    if (isJsonObject(named)) found[key] = eachClosed(named);
  }
  return found;
}

function eachClosed(named: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, closedAt(schema)]));
}

function formOf(schema: JsonObject): JsonObject {
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) return { anyOf: branches.map(closedAt) };
  if (schema.enum !== undefined) return { enum: schema.enum };
  if (schema.const !== undefined) return { const: schema.const };
  const types = typesOf(schema);
  return {
    type: types.length === 1 && types[0] !== undefined ? types[0] : types,
    ...(types.includes("object") ? objectForm(schema) : {}),
    ...(types.includes("array") ? arrayForm(schema) : {}),
    ...(schema.format !== undefined && FORMATS.includes(schema.format) ? { format: schema.format } : {}),
  };
}

function objectForm({ properties, required }: JsonObject): JsonObject {
  return {
    properties: isJsonObject(properties) ? eachClosed(properties) : {},
    ...(required === undefined ? {} : { required }),
    additionalProperties: false,
  };
}

function arrayForm({ items, minItems }: JsonObject): JsonObject {
  return { items: closedAt(items), ...(minItems === 0 || minItems === 1 ? { minItems } : {}) };
}

function wordsOf(schema: JsonObject, form: JsonObject): JsonObject {
  const untaken = Object.entries(schema).filter(([key]) => !(key in form) && !UNTOLD.includes(key));
  const told = untaken.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(", ");
  const description = [schema.description, told && `(${told})`].filter(Boolean).join(" ");
  return {
    ...(schema.title === undefined ? {} : { title: schema.title }),
    ...(description ? { description } : {}),
  };
}
