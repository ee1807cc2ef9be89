/** Tools as the library's functions, and what a model called them with. Pure. */
import type { ChatModelFunctions } from "node-llama-cpp";
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";
import type { ToolSpec } from "../port.ts";
import { grammarSchema } from "./grammar-schema.ts";
import { isObject, itemParts, listOf, objectOf, partsOf, propertyParts } from "./schema-parts.ts";

type Params = NonNullable<ChatModelFunctions[string]["params"]>;

/** The tools; one whose arguments no grammar can spell takes any object. `makeGrammar` throws for those, too. */
export async function functionsFor(
  tools: readonly ToolSpec[],
  makeGrammar: (schema: JsonObject) => Promise<unknown>,
): Promise<ChatModelFunctions> {
  const functions = tools.map(async ({ name, description, inputSchema }) => {
    return [name, { description, params: await paramsOf(inputSchema, makeGrammar) }] as const;
  });
  return Object.fromEntries(await Promise.all(functions));
}

async function paramsOf(
  schema: JsonObject,
  makeGrammar: (schema: JsonObject) => Promise<unknown>,
): Promise<Params> {
  try {
    const params = grammarSchema({ type: "object", ...schema }, { optional: "null" });
    await makeGrammar(params);
    // Checked by the library, as it has made a grammar of it.
    return params as unknown as Params;
  } catch {
    return { type: "object", additionalProperties: true };
  }
}

/** The arguments without the optional ones that the model left out, for which it had to write null. */
export function withoutNulls(params: unknown, schema: JsonObject | undefined): JsonObject {
  // What was parsed as JSON.
  const value = params as JsonValue | undefined;
  if (!isObject(value)) return {};
  return schema ? objectWithoutNulls(value, [schema], schema) : value;
}

function cleaned(value: JsonValue, asked: readonly JsonValue[], root: JsonObject): JsonValue {
  if (isObject(value)) return objectWithoutNulls(value, asked, root);
  if (!Array.isArray(value)) return value;
  const schemas = possibleOf(asked, root);
  return value.map((item, index) => cleaned(item, itemParts(schemas, index), root));
}

function objectWithoutNulls(value: JsonObject, asked: readonly JsonValue[], root: JsonObject): JsonObject {
  const possible = possibleOf(asked, root);
  const { schemas: sure } = partsOf(asked, root);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): [string, JsonValue][] => {
      if (inner === null && isForced(name, sure, possible, root)) return [];
      return [[name, cleaned(inner, propertyParts(possible, name), root)]];
    }),
  );
}

/** The schemas that a value has to meet, and those of all choices. */
function possibleOf(asked: readonly JsonValue[], root: JsonObject): JsonObject[] {
  const seen = new Set<JsonValue[]>();
  const schemas = new Set<JsonObject>();
  const waiting = [[...asked]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const parts = partsOf(next, root, seen);
    for (const schema of parts.schemas) schemas.add(schema);
    for (const choice of parts.choices) {
      seen.add(choice);
      waiting.push(choice);
    }
  }
  return [...schemas];
}

/** Whether null says that an optional property was left out: none of the choices may ask for it as it is. */
function isForced(
  name: string,
  sure: readonly JsonObject[],
  possible: readonly JsonObject[],
  root: JsonObject,
): boolean {
  if (!possible.some((schema) => isNamed(name, schema))) return false;
  if (sure.some((schema) => listOf(schema.required).includes(name))) return false;
  return possible.every((schema) => {
    if (!listOf(schema.required).includes(name)) return true;
    return !takesNull(propertyParts([...sure, schema], name), root);
  });
}

function isNamed(name: string, { properties, propertyNames }: JsonObject): boolean {
  return Object.hasOwn(objectOf(properties), name) || listOf(objectOf(propertyNames).enum).includes(name);
}

function takesNull(asked: readonly JsonValue[], root: JsonObject, made = new Set<JsonValue[]>()): boolean {
  const { schemas, choices, nothing } = partsOf(asked, root, made);
  if (nothing) return false;
  const next = new Set([...made, ...choices]);
  return (
    schemas.every((schema) => {
      if ("const" in schema && schema.const !== null) return false;
      if (Array.isArray(schema.enum) && !schema.enum.includes(null)) return false;
      return schema.type === undefined || [schema.type].flat().includes("null");
    }) && choices.every((options) => options.some((option) => takesNull([option], root, next)))
  );
}
