/** The stream of Anthropic's Messages API as events of the port. */
import type { Usage } from "../../lib/conversation.ts";
import type { AnswerReader } from "../answer.ts";
import { entryOf, type Fields, fields, isOddCount, text, tokenCount } from "../fields.ts";
import type { ModelEvent, StopReason } from "../port.ts";
import { completeCall, cutCall } from "../tool-call.ts";
import { presentable } from "../wording.ts";
import { keptSignature, REDACTED } from "./signature.ts";

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  end_turn: "end",
  stop_sequence: "end",
  tool_use: "tool_calls",
  max_tokens: "max_tokens",
  model_context_window_exceeded: "max_tokens",
  refusal: "refusal",
};

/** A tool call under way; `input` is what the block began with, for servers that do not stream arguments. */
interface OpenCall {
  id: string;
  name: string;
  json: string;
  input: unknown;
}

interface State {
  /** Who signs thoughts; empty for Anthropic itself. */
  origin: string;
  recognised: boolean;
  /** The last word of each count, as it came. */
  usage: Readonly<Record<string, unknown>> | undefined;
  stopReason: StopReason | undefined;
  /** By the index of the content block. */
  calls: Map<unknown, OpenCall>;
  /** The last call that ended: whether it is whole shows when another block begins, or by the reason to stop. */
  held: OpenCall | undefined;
}

export function messagesReader(origin = ""): AnswerReader {
  const state: State = {
    origin,
    recognised: false,
    usage: undefined,
    stopReason: undefined,
    calls: new Map(),
    held: undefined,
  };
  return {
    read: (chunk) => readEvent(fields(chunk), state),
    end: () => ({
      events: [],
      usage: usageOf(state.usage),
      stopReason: state.stopReason,
      recognised: state.recognised,
      isEnough: false,
    }),
  };
}

function readEvent(event: Fields, state: State): ModelEvent[] {
  switch (event.type) {
    case "message_start":
      state.recognised = true;
      countTokens(fields(event.message).usage, state);
      return [];
    case "content_block_start":
      state.recognised = true;
      return [...release(state), ...startBlock(fields(event.content_block), event.index, state)];
    case "content_block_delta":
      return readDelta(fields(event.delta), event.index, state);
    case "content_block_stop":
      return stopBlock(event.index, state);
    case "message_delta":
      countTokens(event.usage, state);
      return [...readStop(text(fields(event.delta).stop_reason), state), ...refusalOf(fields(event.delta))];
    default:
      return [];
  }
}

const COUNTS = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];

/** Counts are running totals; the last word of each kind stands. */
function countTokens(usage: unknown, state: State): void {
  for (const [name, value] of Object.entries(fields(usage))) {
    if (COUNTS.includes(name) && value !== null) state.usage = { ...state.usage, [name]: value };
  }
}

/** Undefined where nothing is told, or what is told cannot be. */
function usageOf(counted: State["usage"]): Usage | undefined {
  if (!counted || Object.values(counted).some(isOddCount)) return undefined;
  const [input = 0, output = 0, cacheRead = 0, cacheWrite = 0] = COUNTS.map((name) =>
    tokenCount(counted[name]),
  );
  return { input, output, cacheRead, cacheWrite };
}

/** A limit ends a call's block in the middle as if it were whole; a block that nothing ended is not whole either. */
function readStop(reason: string, state: State): ModelEvent[] {
  if (!reason) return [];
  state.stopReason = entryOf(STOP_REASONS, reason) ?? "other";
  const whole = state.stopReason === "tool_calls" || state.stopReason === "end";
  const open = [...state.calls.values()].map(whole ? closeCall : breakCall);
  state.calls.clear();
  return [...release(state, whole ? closeCall : breakCall), ...open];
}

/** Why the provider itself would not have the model answer, which is nowhere else in the answer. */
function refusalOf({ stop_details: details }: Fields): ModelEvent[] {
  const { type, category, explanation } = fields(details);
  if (type !== "refusal") return [];
  const words = [text(category), text(explanation)].filter(Boolean).join(": ");
  return words ? [{ type: "notice", text: `the provider declined: ${presentable(words)}` }] : [];
}

/** Hands on the call that was held back. */
function release(state: State, close = closeCall): ModelEvent[] {
  const { held } = state;
  state.held = undefined;
  return held ? [close(held)] : [];
}

function closeCall(call: OpenCall): ModelEvent {
  return completeCall(call.id, call.name, call.json || JSON.stringify(call.input ?? {}));
}

/** The empty object that every block of a call begins with says nothing; arguments that came with it do. */
function breakCall({ id, name, json, input }: OpenCall): ModelEvent {
  const whole = Object.keys(fields(input)).length > 0 ? JSON.stringify(input) : "";
  return cutCall(id, name, json || whole);
}

function startBlock(block: Fields, index: unknown, state: State): ModelEvent[] {
  switch (block.type) {
    case "text":
      return textEvent(text(block.text));
    case "thinking":
      return thinkingEvent(text(block.thinking), text(block.signature), state);
    case "redacted_thinking":
      return thinkingEvent("", REDACTED + text(block.data), state);
    case "tool_use": {
      const call = { id: text(block.id), name: text(block.name), json: "", input: block.input };
      state.calls.set(index, call);
      return [{ type: "tool_call_start", id: call.id, name: call.name }];
    }
    default:
      return [];
  }
}

function readDelta(delta: Fields, index: unknown, state: State): ModelEvent[] {
  switch (delta.type) {
    case "text_delta":
      return textEvent(text(delta.text));
    case "thinking_delta":
      return thinkingEvent(text(delta.thinking), "", state);
    case "signature_delta":
      return thinkingEvent("", text(delta.signature), state);
    case "input_json_delta": {
      const call = state.calls.get(index);
      const piece = text(delta.partial_json);
      if (!call || piece === "") return [];
      call.json += piece;
      return [{ type: "tool_call_arguments", id: call.id, delta: piece }];
    }
    default:
      return [];
  }
}

function stopBlock(index: unknown, state: State): ModelEvent[] {
  const call = state.calls.get(index);
  if (!call) return [];
  state.calls.delete(index);
  const before = release(state);
  state.held = call;
  return before;
}

function textEvent(piece: string): ModelEvent[] {
  return piece ? [{ type: "text", text: piece }] : [];
}

function thinkingEvent(piece: string, signature: string, { origin }: State): ModelEvent[] {
  if (signature) return [{ type: "thinking", text: piece, signature: keptSignature(signature, origin) }];
  return piece ? [{ type: "thinking", text: piece }] : [];
}
