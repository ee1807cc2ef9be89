/** Tools as the library's functions, and what a model called them with. Pure. */
import type { ChatModelFunctions } from "node-llama-cpp";
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";
import type { ToolSpec } from "../port.ts";
import { grammarSchema } from "./grammar-schema.ts";

/** The tools; one whose arguments no grammar can spell takes any object. */
export function functionsFor(tools: readonly ToolSpec[]): ChatModelFunctions {
  return Object.fromEntries(
    tools.map(({ name, description, inputSchema }) => [name, { description, params: paramsOf(inputSchema) }]),
  );
}

type Params = NonNullable<ChatModelFunctions[string]["params"]>;

function paramsOf(schema: JsonObject): Params {
  try {
    // Checked by the library when it makes a grammar of it.
    return grammarSchema({ type: "object", ...schema }, { optional: "null" }) as unknown as Params;
  } catch {
    return { type: "object", additionalProperties: true };
  }
}

/** The arguments without the optional ones that the model left out, for which it had to write null. */
export function withoutNulls(params: unknown, schema: JsonObject | undefined): JsonObject {
  if (!isObject(params)) return {};
  const required = Array.isArray(schema?.required) ? schema.required : [];
  const properties = isObject(schema?.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]): [string, JsonValue][] => {
      const property = properties[name];
      if (value === null && name in properties && !required.includes(name)) return [];
      return [[name, isObject(value) && isObject(property) ? withoutNulls(value, property) : value]];
    }),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
