/** The stream of the Chat Completions API as events of the port, as OpenAI and the many that imitate it send it. */
import type { Usage } from "../../lib/conversation.ts";
import type { AnswerEnd, AnswerReader } from "../answer.ts";
import { count, type Fields, fields, list, text } from "../fields.ts";
import type { ModelEvent, StopReason } from "../port.ts";
import { completeCall, cutCall } from "../tool-call.ts";

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  stop: "end",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  length: "max_tokens",
  content_filter: "refusal",
};

interface OpenCall {
  id: string;
  name: string;
  json: string;
  /** The position the server gave it; several calls may share one, where a server does not count. */
  index: unknown;
}

interface State {
  recognised: boolean;
  refused: boolean;
  usage: Usage | undefined;
  finish: string;
  calls: OpenCall[];
}

export function completionsReader(): AnswerReader {
  const state: State = { recognised: false, refused: false, usage: undefined, finish: "", calls: [] };
  return { read: (chunk) => readChunk(fields(chunk), state), end: () => ended(state) };
}

function readChunk(chunk: Fields, state: State): ModelEvent[] {
  if (Array.isArray(chunk.choices)) state.recognised = true;
  state.usage = usageOf(fields(chunk.usage)) ?? state.usage;
  const choice = fields(list(chunk.choices)[0]);
  const delta = fields(choice.delta);
  state.finish = text(choice.finish_reason) || state.finish;
  const refusal = text(delta.refusal);
  if (refusal) state.refused = true;
  return [
    // Two names for one thing: DeepSeek's and vLLM's, then OpenRouter's and Ollama's.
    ...piece("thinking", text(delta.reasoning_content) || text(delta.reasoning)),
    ...piece("text", text(delta.content) + refusal),
    ...list(delta.tool_calls).flatMap((call) => readCall(fields(call), state)),
  ];
}

function piece(type: "text" | "thinking", content: string): ModelEvent[] {
  return content ? [{ type, text: content }] : [];
}

function readCall(delta: Fields, state: State): ModelEvent[] {
  const named = fields(delta.function);
  const [call, isNew] = callFor(delta, text(named.name), state);
  const json = text(named.arguments);
  call.json += json;
  return [
    ...(isNew ? [{ type: "tool_call_start" as const, id: call.id, name: call.name }] : []),
    ...(json ? [{ type: "tool_call_arguments" as const, id: call.id, delta: json }] : []),
  ];
}

/**
 * The call that a delta belongs to. Pieces share an index; but some servers give none or always 0, and tell
 * calls apart by a new id alone; others repeat the id with every piece, or give no id at all.
 */
function callFor(delta: Fields, name: string, state: State): [OpenCall, isNew: boolean] {
  const id = text(delta.id);
  const { index } = delta;
  const open = state.calls.findLast((call) => call.index === index);
  if (open && (id === "" || id === open.id)) return [open, false];
  const call: OpenCall = { id: id || `call_${state.calls.length}`, name, json: "", index };
  state.calls.push(call);
  return [call, true];
}

/** OpenAI counts what it read from its cache within the prompt. */
function usageOf(usage: Fields): Usage | undefined {
  const prompt = count(usage.prompt_tokens);
  const output = count(usage.completion_tokens);
  if (prompt === undefined && output === undefined) return undefined;
  const cacheRead = count(fields(usage.prompt_tokens_details).cached_tokens) ?? 0;
  return { input: Math.max(0, (prompt ?? 0) - cacheRead), output: output ?? 0, cacheRead, cacheWrite: 0 };
}

/** Calls are complete only when the answer is: nothing in this stream ends one. */
function ended(state: State): AnswerEnd {
  const { calls, finish, recognised, usage } = state;
  const stopReason = finish ? stopReasonOf(state) : undefined;
  const close = stopReason === "tool_calls" ? completeCall : cutCall;
  const events = calls.map((call) => close(call.id, call.name, call.json));
  return { events, usage, recognised, stopReason };
}

function stopReasonOf({ calls, finish, refused }: State): StopReason {
  const reason = STOP_REASONS[finish] ?? "other";
  if (reason !== "end") return reason;
  // Some servers say "stop" after tool calls.
  if (calls.length > 0) return "tool_calls";
  return refused ? "refusal" : "end";
}
