/** An answer that has to be JSON of a schema: read and judged. Pure. */
import { addUsage, type JsonValue } from "../lib/conversation.ts";
import { SchemaError } from "../lib/errors.ts";
import type { TurnResult } from "./events.ts";

/** What a value lacks to be of the schema, for people; undefined when it is. */
export type CheckValue = (value: JsonValue) => string | undefined;

/** The value that the answer says. Throws SchemaError when it says none, or one that is not of the schema. */
export function readAnswer({ text, before = "", stopReason }: TurnResult, check: CheckValue): JsonValue {
  const said = jsonIn(before + text) ?? jsonIn(text);
  if (said === undefined) throw stopReason === "max_tokens" ? cut() : mismatch("it is not JSON");
  const complaint = check(said.value);
  if (complaint !== undefined) throw mismatch(complaint);
  return said.exact;
}

/** Standard output has values of the schema alone. */
const TEXT = "with --json, `text` is what the model wrote";

/** A model that is only asked for JSON in words likes to put it into a fence. */
const FENCED = /^\s*```(?:json)?[ \t]*\n([\s\S]*?)\n?[ \t]*```\s*$/i;

function jsonIn(text: string): { value: JsonValue; exact: JsonValue } | undefined {
  const json = FENCED.exec(text)?.[1] ?? text;
  try {
    // What JSON.parse returns is one by definition.
    return { value: JSON.parse(json) as JsonValue, exact: JSON.parse(json, asWritten) as JsonValue };
  } catch {
    return undefined;
  }
}

/** A number that JavaScript would write otherwise than the model did, such as one of twenty digits, stays as it is. */
function asWritten(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  // TypeScript does not know it yet (ECMAScript 2026).
  return (JSON as unknown as { rawJSON(text: string): object }).rawJSON(source);
}

/** What the model is told of an answer that is not of the schema. */
export function correction(complaint: string): string {
  return `${complaint}. Answer again, with the corrected JSON value and nothing else.`;
}

/** Whether asking again can help: an answer that was cut is cut again. */
export function isCorrectable({ stopReason, error }: TurnResult): boolean {
  return error === undefined && stopReason === "end";
}

/** Two turns of one run as one: what it answered is the later one's, what it took is that of both. */
export function mergeResults(first: TurnResult, later: TurnResult): TurnResult {
  const fallbacks = [...(first.fallbacks ?? []), ...(later.fallbacks ?? [])];
  const ttftMs = first.ttftMs ?? later.ttftMs;
  return {
    ...later,
    usage: addUsage(first.usage, later.usage),
    requests: [...first.requests, ...later.requests],
    tools: [...first.tools, ...later.tools],
    denied: first.denied + later.denied,
    durationMs: first.durationMs + later.durationMs,
    ...(ttftMs !== undefined && { ttftMs }),
    ...(fallbacks.length > 0 && { fallbacks }),
  };
}

function mismatch(complaint: string): SchemaError {
  return new SchemaError(`the answer does not match the schema: ${complaint}`, TEXT);
}

function cut(): SchemaError {
  const what = "the answer does not match the schema: it was cut at the limit of tokens";
  return new SchemaError(what, `raise it with --max-tokens; ${TEXT}`);
}
