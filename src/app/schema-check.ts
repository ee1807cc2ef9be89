/** JSON Schema: by Ajv, as the MCP client brings it along. Loaded only for runs with a schema: it takes 30 ms. */
import type { CheckValue } from "../chat/schema-answer.ts";
import type { JsonObject, JsonValue } from "../lib/conversation.ts";
import { describeError, UsageError } from "../lib/errors.ts";
import { singleLine } from "../lib/text-layout.ts";

/** Ajv quotes the schema in what it says, and lists all that a value lacks. */
const COMPLAINT_COLUMNS = 300;

/**
 * The check for a schema (2020-12 unless it says otherwise). Throws UsageError when it is none, and so does the check
 * when the schema refers to itself without end.
 */
export async function openSchemaCheck(schema: JsonObject): Promise<CheckValue> {
  const { AjvJsonSchemaValidator } = await import("@modelcontextprotocol/client/validators/ajv");
  // Ajv's own keyword, which would make its answers promises.
  const { $async: _, ...plain } = schema;
  refuseUnknownDialect(plain);
  const validate = compiled(() => new AjvJsonSchemaValidator().getValidator<unknown>(plain));
  const check = (value: JsonValue) => {
    try {
      const { valid, errorMessage } = validate(value);
      return valid ? undefined : singleLine(errorMessage, COMPLAINT_COLUMNS);
    } catch (error) {
      if (error instanceof RangeError)
        throw new UsageError("--schema: the schema refers to itself without end");
      throw error;
    }
  };
  // Whether it ends shows before a model has worked for it.
  check(null);
  return check;
}

const DIALECTS = /^https?:\/\/json-schema\.org\/(draft\/20(20-12|19-09)|draft-0[67])\/schema#?$/;

/** The validator would advise a programmer. */
function refuseUnknownDialect({ $schema }: JsonObject): void {
  if (typeof $schema !== "string" || DIALECTS.test($schema)) return;
  const known = "2020-12, 2019-09, draft-07 and draft-06 are known";
  throw new UsageError(
    `--schema is no JSON Schema: its $schema, ${singleLine($schema, 100)}, is not known here`,
    `leave it out, or name another; ${known}`,
  );
}

function compiled<T>(compile: () => T): T {
  try {
    return silently(compile);
  } catch (error) {
    const endless = "it is nested too deeply, or refers to itself without end";
    const reason =
      error instanceof RangeError ? endless : singleLine(describeError(error), COMPLAINT_COLUMNS);
    throw new UsageError(`--schema is no JSON Schema: ${reason}`);
  }
}

/**
 * Ajv writes to the console what it thinks of a schema, and all the code that it made of one it cannot compile. The MCP
 * client takes another logger along with an Ajv alone, and brings that of one dialect.
 */
function silently<T>(work: () => T): T {
  const { log, warn, error } = console;
  Object.assign(console, { log: ignore, warn: ignore, error: ignore });
  try {
    return work();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}

function ignore(): void {}
