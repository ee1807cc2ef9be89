/** Requests of the Messages API as the tests of its mapping want them. */
import type { Message } from "../../../src/lib/conversation.ts";
import {
  type MessagesBody,
  type MessagesCall,
  type Recipient,
  toMessagesRequest,
} from "../../../src/llm/anthropic/messages.ts";
import type { ModelRequest } from "../../../src/llm/port.ts";
import { requestOf } from "../ask.ts";

export const ANTHROPIC: Recipient = { cache: false, origin: "" };

export function callFor(more: Partial<ModelRequest>, recipient: Partial<Recipient> = {}): MessagesCall {
  return toMessagesRequest(requestOf(more), { ...ANTHROPIC, ...recipient });
}

export function bodyFor(more: Partial<ModelRequest>, recipient: Partial<Recipient> = {}): MessagesBody {
  return callFor(more, recipient).body;
}

export function assistant(...blocks: Message["blocks"]): Message {
  return { role: "assistant", blocks };
}

export function from(...blocks: Message["blocks"]): Message {
  return { role: "user", blocks };
}

export const text = (words: string) => ({ type: "text" as const, text: words });
export const thought = (words: string, signature = "c2ln") => ({
  type: "thinking" as const,
  text: words,
  signature,
});
export const call = (id: string) => ({ type: "tool_call" as const, id, name: "read", arguments: {} });
export const result = (callId: string, more: { isError?: boolean } = {}) => ({
  type: "tool_result" as const,
  callId,
  content: "done",
  isError: false,
  ...more,
});
