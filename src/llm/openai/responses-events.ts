/** The stream of the Responses API as events of the port. */
import type { Usage } from "../../lib/conversation.ts";
import type { AnswerEnd, AnswerReader } from "../answer.ts";
import { cachedTokens, type Fields, fields, isOddCount, text, tokenCount } from "../fields.ts";
import type { ModelEvent, StopReason } from "../port.ts";
import { completeCall, cutCall } from "../tool-call.ts";
import { toSignature } from "./reasoning.ts";

interface OpenCall {
  /** The id that a result has to name. */
  id: string;
  name: string;
  json: string;
}

interface State {
  recognised: boolean;
  refused: boolean;
  spoken: boolean;
  usage: Usage | undefined;
  stopReason: StopReason | undefined;
  failure: unknown;
  /** By the id of their item; those whose end was told are gone. */
  open: Map<string, OpenCall>;
  calls: number;
  /** Items whose text came in pieces, so that their end does not tell it again. */
  streamed: Set<string>;
  origin: string;
}

/** `origin` is whom encrypted thoughts go back to. */
export function responsesReader(origin = ""): AnswerReader {
  const state: State = {
    recognised: false,
    refused: false,
    spoken: false,
    usage: undefined,
    stopReason: undefined,
    failure: undefined,
    open: new Map(),
    calls: 0,
    streamed: new Set(),
    origin,
  };
  return {
    read: (chunk) => readEvent(fields(chunk), state),
    end: () => ended(state),
  };
}

function readEvent(event: Fields, state: State): ModelEvent[] {
  const type = text(event.type);
  if (type.startsWith("response.")) state.recognised = true;
  switch (type) {
    case "response.output_item.added":
      return begin(fields(event.item), state);
    case "response.output_item.done":
      return finish(fields(event.item), state);
    case "response.function_call_arguments.delta":
      return readArguments(event, state);
    case "response.reasoning_summary_part.added":
      return event.summary_index ? piece("thinking", event, "\n\n", state) : [];
    case "response.reasoning_summary_text.delta":
    case "response.reasoning_text.delta":
      return piece("thinking", event, text(event.delta), state);
    case "response.refusal.delta":
      state.refused = true;
      return piece("text", event, text(event.delta), state);
    case "response.output_text.delta":
      return piece("text", event, text(event.delta), state);
    default:
      settle(type, event, state);
      return [];
  }
}

/** The last event of an answer says how it ended. */
function settle(type: string, event: Fields, state: State): void {
  if (type === "error") state.failure = event;
  const response = fields(event.response);
  state.usage = usageOf(fields(response.usage)) ?? state.usage;
  if (type === "response.failed") state.failure = { error: response.error ?? { code: "server_error" } };
  if (type === "response.completed") state.stopReason = wholeReason(state);
  if (type === "response.incomplete") {
    state.stopReason = cutReason(text(fields(response.incomplete_details).reason));
  }
}

function wholeReason({ calls, refused }: State): StopReason {
  if (calls > 0) return "tool_calls";
  return refused ? "refusal" : "end";
}

function cutReason(reason: string): StopReason {
  if (reason === "content_filter") return "refusal";
  return reason === "max_output_tokens" ? "max_tokens" : "other";
}

function piece(type: "text" | "thinking", event: Fields, content: string, state: State): ModelEvent[] {
  if (content === "") return [];
  state.streamed.add(text(event.item_id));
  if (type === "text") state.spoken = true;
  return [{ type, text: content }];
}

function begin(item: Fields, state: State): ModelEvent[] {
  if (item.type !== "function_call") return [];
  const id = text(item.call_id) || text(item.id);
  const name = text(item.name);
  state.open.set(text(item.id), { id, name, json: "" });
  state.calls++;
  return [{ type: "tool_call_start", id, name }];
}

function readArguments(event: Fields, { open }: State): ModelEvent[] {
  const call = open.get(text(event.item_id));
  const delta = text(event.delta);
  if (!call || !delta) return [];
  call.json += delta;
  return [{ type: "tool_call_arguments", id: call.id, delta }];
}

/** The end of an item holds all of it. */
function finish(item: Fields, state: State): ModelEvent[] {
  switch (item.type) {
    case "function_call":
      return finishCall(item, state);
    case "reasoning":
      return finishReasoning(item, state);
    case "message":
      return state.streamed.has(text(item.id)) ? [] : wholeText(item, state);
    default:
      return [];
  }
}

function finishCall(item: Fields, state: State): ModelEvent[] {
  const start = state.open.has(text(item.id)) ? [] : begin(item, state);
  const call = state.open.get(text(item.id));
  // A call that its limit cut off ends too: what to think of it is clear when the answer is over.
  if (!call || item.status === "incomplete") return start;
  state.open.delete(text(item.id));
  return [...start, completeCall(call.id, call.name, text(item.arguments) || call.json)];
}

function finishReasoning(item: Fields, { origin, streamed }: State): ModelEvent[] {
  const id = text(item.id);
  const encrypted = text(item.encrypted_content);
  const summary = streamed.has(id) ? "" : partsOf(item.summary).join("\n\n");
  if (encrypted === "") return summary ? [{ type: "thinking", text: summary }] : [];
  return [{ type: "thinking", text: summary, signature: toSignature({ id, encrypted }, origin) }];
}

function wholeText(item: Fields, state: State): ModelEvent[] {
  const content = partsOf(item.content).join("");
  return piece("text", { item_id: item.id }, content, state);
}

function partsOf(parts: unknown): string[] {
  const all = Array.isArray(parts) ? parts.map(fields) : [];
  return all.map((part) => text(part.text) || text(part.refusal)).filter((part) => part !== "");
}

/** What was read from the cache and what was written to it are within the input; what was thought is output. */
function usageOf(usage: Fields): Usage | undefined {
  if (isOddCount(usage.input_tokens) || isOddCount(usage.output_tokens)) return undefined;
  const input = tokenCount(usage.input_tokens);
  const output = tokenCount(usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const details = fields(usage.input_tokens_details);
  const { cacheRead, cacheWrite } = cachedTokens(input, details.cached_tokens, details.cache_write_tokens);
  return {
    input: (input ?? 0) - cacheRead - cacheWrite,
    output: output ?? 0,
    cacheRead,
    cacheWrite,
  };
}

function ended(state: State): AnswerEnd {
  const { open, usage, recognised, stopReason, failure, spoken, calls } = state;
  const close = stopReason === "tool_calls" ? completeCall : cutCall;
  const events = [...open.values()].map(({ id, name, json }) => close(id, name, json));
  return {
    events,
    usage,
    recognised,
    stopReason,
    isEnough: spoken || calls > 0,
    ...(failure === undefined ? {} : { failure }),
  };
}
