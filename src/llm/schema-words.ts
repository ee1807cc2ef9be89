/** A schema in words, for models whose API has no way to hold them to it. */
import type { JsonObject } from "../lib/conversation.ts";

/** What to add to the system prompt; the same schema always gives the same text, which a cached prompt needs. */
export function schemaInstruction(schema: JsonObject): string {
  return [
    "Your final answer has to be one JSON value that is valid against the JSON Schema below.",
    "Write that JSON and nothing else: no words before or after it, and no code fence.",
    "",
    JSON.stringify(schema),
  ].join("\n");
}
