import type { JsonObject } from "../lib/conversation.ts";
import { parseJson } from "./fields.ts";
import type { ModelEvent } from "./port.ts";

type CallEvent = Extract<ModelEvent, { type: "tool_call" }>;

/**
 * The event of a complete call, from its arguments as the model wrote them. No arguments at all means none are
 * needed; anything else that is not a JSON object is handed on as `invalidArguments`, for the model to be told.
 */
export function completeCall(id: string, name: string, json: string): CallEvent {
  if (json.trim() === "") return { type: "tool_call", id, name, arguments: {} };
  const parsed = parseJson(json);
  if (isJsonObject(parsed)) return { type: "tool_call", id, name, arguments: parsed };
  return { type: "tool_call", id, name, arguments: {}, invalidArguments: json };
}

/**
 * The event of a call in an answer that did not come to its end. Only arguments that are there and whole count: none
 * at all may mean that the limit was reached before the first of them.
 */
export function cutCall(id: string, name: string, json: string): CallEvent {
  if (json.trim() !== "") return completeCall(id, name, json);
  return { type: "tool_call", id, name, arguments: {}, invalidArguments: CUT_OFF };
}

const CUT_OFF = "the answer was cut off";

/** Of a value that came out of JSON.parse. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
