/** Pieces of conversations for the tests of OpenAI's APIs. */
import type { Block, JsonObject, Media, Message } from "../../../src/lib/conversation.ts";

export const ORIGIN = "https://api.openai.com";

export const PNG: Media = { mediaType: "image/png", data: "iVBORw0KGgo=", name: "dot.png" };
export const PDF: Media = { mediaType: "application/pdf", data: "JVBERi0xLjQ=", name: "paper.pdf" };

export const text = (words: string): Block => ({ type: "text", text: words });
export const media = (medium: Media): Block => ({ type: "media", ...medium });
export const call = (id: string, input: JsonObject = { n: 1 }): Block => ({
  type: "tool_call",
  id,
  name: "read",
  arguments: input,
});
export const result = (
  callId: string,
  content = "done",
  more: { isError?: boolean; media?: Media[] } = {},
): Block => ({
  type: "tool_result",
  callId,
  content,
  isError: false,
  ...more,
});
export const assistant = (...blocks: Block[]): Message => ({ role: "assistant", blocks });
export const from = (...blocks: Block[]): Message => ({ role: "user", blocks });

/** A schema that OpenAI can be strict about. */
export const CLOSED: JsonObject = {
  type: "object",
  properties: { n: { type: "number" } },
  required: ["n"],
  additionalProperties: false,
};
