/** An answer that has to be JSON of a schema: read and judged. Pure. */
import type { JsonValue } from "../lib/conversation.ts";
import { SchemaError } from "../lib/errors.ts";
import type { TurnResult } from "./events.ts";

/** What a value lacks to be of the schema, for people; undefined when it is. */
export type CheckValue = (value: JsonValue) => string | undefined;

/** The value that the answer says. Throws SchemaError when it says none, or one that is not of the schema. */
export function readAnswer({ text, stopReason }: TurnResult, check: CheckValue): JsonValue {
  const value = parsed(text);
  if (value === undefined) throw stopReason === "max_tokens" ? cut() : mismatch("it is not JSON");
  const complaint = check(value);
  if (complaint !== undefined) throw mismatch(complaint);
  return value;
}

/** Standard output has values of the schema alone. */
const TEXT = "with --json, `text` is what the model wrote";

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue; // What JSON.parse returns is one by definition.
  } catch {
    return undefined;
  }
}

function mismatch(complaint: string): SchemaError {
  return new SchemaError(`the answer does not match the schema: ${complaint}`, TEXT);
}

function cut(): SchemaError {
  const what = "the answer does not match the schema: it was cut at the limit of tokens";
  return new SchemaError(what, `raise it with --max-tokens; ${TEXT}`);
}
