/** What a request to the model tells of the conversation, the same for both wires. */
import type { Body, RecordedRequest } from "../fixtures/model-server/record.ts";

export interface SeenMessage {
  role: "user" | "assistant" | "tool" | "system";
  text: string;
  calls: number;
}

export function seenMessages({ body }: RecordedRequest): SeenMessage[] {
  const messages: Body[] = Array.isArray(body.messages) ? body.messages : [];
  return messages.map((message) => ({
    role: message.role,
    text: textOf(message.content),
    calls: message.tool_calls?.length ?? blocksOf(message.content, "tool_use").length,
  }));
}

function textOf(content: Body): string {
  if (typeof content === "string") return content;
  return blocksOf(content, "text")
    .map((block) => block.text)
    .join("\n");
}

function blocksOf(content: Body, type: string): Body[] {
  return Array.isArray(content) ? content.filter((block) => block.type === type) : [];
}
