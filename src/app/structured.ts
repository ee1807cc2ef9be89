/** A run whose answer has to be JSON of a schema: asked again, with what is wrong, until it is. */
import type { TurnResult } from "../chat/events.ts";
import {
  type CheckValue,
  correction,
  isCorrectable,
  mergeResults,
  readAnswer,
} from "../chat/schema-answer.ts";
import type { JsonValue, Message } from "../lib/conversation.ts";
import { SchemaError, type UserError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";

/** How often a model is told what is wrong with its answer. */
const CORRECTIONS = 2;

export interface Structured {
  result: TurnResult;
  data?: JsonValue;
  /** Why there is no value. */
  error?: UserError;
}

export interface StructuredOptions {
  check: CheckValue;
  /** Runs a turn. */
  turn: (message: Message | undefined) => Promise<TurnResult>;
  notify: Notify;
}

/** Runs turns until one says a value of the schema, three at most. */
export async function talkInSchema(
  message: Message | undefined,
  { check, turn, notify }: StructuredOptions,
): Promise<Structured> {
  let result = await turn(message);
  for (let corrections = 0; ; corrections++) {
    if (result.error) return { result, error: result.error };
    const answer = valueIn(result, check);
    if (!("error" in answer)) return { result, ...answer };
    if (corrections === CORRECTIONS || !isCorrectable(result)) return { result, ...answer };
    notify("warn", `${answer.error.message}; asking again (${corrections + 1} of ${CORRECTIONS})`);
    const said = {
      role: "user" as const,
      blocks: [{ type: "text" as const, text: correction(answer.error.message) }],
    };
    result = mergeResults(result, await turn(said));
  }
}

function valueIn(result: TurnResult, check: CheckValue): { data: JsonValue } | { error: SchemaError } {
  try {
    return { data: readAnswer(result, check) };
  } catch (error) {
    if (error instanceof SchemaError) return { error };
    throw error;
  }
}
