/** The stream of the Chat Completions API as events of the port, as OpenAI and the many that imitate it send it. */
import type { Usage } from "../../lib/conversation.ts";
import type { AnswerEnd, AnswerReader } from "../answer.ts";
import { entryOf, type Fields, fields, list, text } from "../fields.ts";
import type { ModelEvent, StopReason } from "../port.ts";
import { type Quirks, USUAL_QUIRKS } from "../quirks.ts";
import { completeCall, cutCall } from "../tool-call.ts";
import { type OpenCall, readCall } from "./calls.ts";
import { usageOf } from "./usage.ts";

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  stop: "end",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  length: "max_tokens",
  content_filter: "refusal",
};

interface State {
  recognised: boolean;
  refused: boolean;
  /** Whether any text came. */
  spoken: boolean;
  usage: Usage | undefined;
  finish: string;
  failure: unknown;
  calls: OpenCall[];
  mark: string;
  sender: Sender;
}

/** Who answers. */
export interface Sender {
  /** Whom the extras of calls go back to. */
  origin: string;
  quirks: Pick<Quirks, "thoughtsApart" | "tellsCost">;
}

/** `mark` is part of the ids of calls that the server gives none. */
export function completionsReader(
  mark = randomMark(),
  sender: Sender = { origin: "", quirks: USUAL_QUIRKS },
): AnswerReader {
  const state: State = {
    recognised: false,
    refused: false,
    spoken: false,
    usage: undefined,
    finish: "",
    failure: undefined,
    calls: [],
    mark,
    sender,
  };
  return {
    read: (chunk) => readChunk(fields(chunk), state),
    readDocument: (document) => readDocument(fields(document), state),
    end: () => ended(state),
  };
}

function randomMark(): string {
  return crypto.randomUUID().slice(0, 8);
}

function readChunk(chunk: Fields, state: State): ModelEvent[] {
  const choice = readFrame(chunk, state);
  return readMessage(fields(choice.delta), state);
}

/** A completion that came whole, from a server that does not stream: what a chunk calls `delta` is `message`. */
function readDocument(document: Fields, state: State): ModelEvent[] {
  const choice = readFrame(document, state);
  state.finish ||= "stop";
  return readMessage(fields(choice.message), state);
}

/** Everything of a chunk but what the model says; its choice is handed back. */
function readFrame(chunk: Fields, state: State): Fields {
  if (Array.isArray(chunk.choices)) state.recognised = true;
  const { quirks } = state.sender;
  // Groq keeps it under its own name.
  state.usage =
    usageOf(fields(chunk.usage), quirks) ??
    usageOf(fields(fields(chunk.x_groq).usage), quirks) ??
    state.usage;
  const choice = fields(list(chunk.choices)[0]);
  state.finish = text(choice.finish_reason) || state.finish;
  // OpenRouter's, where the model behind it breaks off.
  if (state.finish === "error") state.failure ??= choice.error ?? { error: { code: "server_error" } };
  return choice;
}

function readMessage(delta: Fields, state: State): ModelEvent[] {
  const refusal = text(delta.refusal);
  if (refusal) state.refused = true;
  const events = [
    // Two names for one thing: DeepSeek's and vLLM's, then OpenRouter's and Ollama's.
    ...piece("thinking", text(delta.reasoning_content) || text(delta.reasoning)),
    ...readContent(delta.content),
    ...piece("text", refusal),
    ...list(delta.tool_calls).flatMap((call) => readCall(fields(call), state.calls, state.mark)),
  ];
  state.spoken ||= events.some((event) => event.type === "text");
  return events;
}

/** A text, or a list of parts, as Mistral's reasoning models send it. */
function readContent(content: unknown): ModelEvent[] {
  return Array.isArray(content) ? content.flatMap(readPart) : piece("text", text(content));
}

function readPart(part: unknown): ModelEvent[] {
  const { type, text: said, thinking } = fields(part);
  if (type === "text") return piece("text", text(said));
  if (type !== "thinking") return [];
  const thoughts = list(thinking).map((thought) => text(fields(thought).text));
  return piece("thinking", text(thinking) + thoughts.join(""));
}

function piece(type: "text" | "thinking", content: string): ModelEvent[] {
  return content ? [{ type, text: content }] : [];
}

/** Calls are complete only when the answer is: nothing in this stream ends one. */
function ended(state: State): AnswerEnd {
  const { calls, finish, recognised, usage, failure } = state;
  const stopReason = finish ? stopReasonOf(state) : undefined;
  const close = stopReason === "tool_calls" ? completeCall : cutCall;
  const events = calls.map(({ id, name, json, extra }) => ({
    ...close(id, name, json),
    ...(extra && { extra: { origin: state.sender.origin, content: extra } }),
  }));
  return {
    events,
    usage,
    recognised,
    stopReason,
    isEnough: state.spoken || calls.length > 0,
    ...(failure === undefined ? {} : { failure }),
  };
}

function stopReasonOf({ calls, finish, refused }: State): StopReason {
  const reason = entryOf(STOP_REASONS, finish) ?? "other";
  if (reason !== "end") return reason;
  // Some servers say "stop" after tool calls.
  if (calls.length > 0) return "tool_calls";
  return refused ? "refusal" : "end";
}
