/** JSON Schema: by Ajv, as the MCP client brings it along. Loaded only for runs with a schema: it takes 30 ms. */
import type { CheckValue } from "../chat/schema-answer.ts";
import type { JsonObject } from "../lib/conversation.ts";
import { describeError, UsageError } from "../lib/errors.ts";

/** The check for a schema (2020-12 unless it says otherwise). Throws UsageError when it is none. */
export async function openSchemaCheck(schema: JsonObject): Promise<CheckValue> {
  const { AjvJsonSchemaValidator } = await import("@modelcontextprotocol/client/validators/ajv");
  // Ajv's own keyword, which would make its answers promises.
  const { $async: _, ...plain } = schema;
  try {
    const validate = new AjvJsonSchemaValidator().getValidator<unknown>(plain);
    return (value) => {
      const { valid, errorMessage } = validate(value);
      return valid ? undefined : errorMessage;
    };
  } catch (error) {
    throw new UsageError(`--schema is no JSON Schema: ${describeError(error)}`);
  }
}
