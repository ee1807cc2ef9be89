/** Turns of a conversation as messages of Anthropic's Messages API. */
import type {
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
  TextBlockParam,
  ToolResultBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { type Media, mediaLabel } from "../../lib/conversation.ts";
import type { Part, ToolResult, Turn } from "../transcript.ts";
import { REDACTED } from "./signature.ts";

/** What can be in a message of the user, and in the result of a tool. */
type Showable = TextBlockParam | ImageBlockParam | DocumentBlockParam;

/** Every message is a list of blocks, so that a mark of the cache that comes and goes changes nothing else. */
export type BlockMessage =
  | { role: "user"; content: (Showable | ToolResultBlockParam)[] }
  | { role: "assistant"; content: ContentBlockParam[] };

const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;

export function toMessage(turn: Turn): BlockMessage {
  if (turn.role === "assistant") return { role: "assistant", content: turn.blocks.map(toContent) };
  // Results come first, or the API refuses them; those of failures may hold text alone.
  const shown = turn.results.flatMap(({ isError, media = [] }) => (isError ? media : []));
  const content = [...turn.results.map(resultBlock), ...shown.map(mediaBlock), ...turn.parts.map(partBlock)];
  return { role: "user", content };
}

function toContent(block: Extract<Turn, { role: "assistant" }>["blocks"][number]): ContentBlockParam {
  if (block.type === "text") return textBlock(block.text);
  if (block.type === "tool_call") {
    return { type: "tool_use", id: block.id, name: block.name, input: block.arguments };
  }
  const { text, signature = "" } = block;
  if (signature.startsWith(REDACTED)) {
    return { type: "redacted_thinking", data: signature.slice(REDACTED.length) };
  }
  return { type: "thinking", thinking: text, signature };
}

function resultBlock({ callId, content, isError, media = [] }: ToolResult): ToolResultBlockParam {
  const looked = isError ? [] : media;
  return {
    type: "tool_result",
    tool_use_id: callId,
    content: looked.length === 0 ? content : [textBlock(content), ...looked.map(mediaBlock)],
    ...(isError ? { is_error: true } : {}),
  };
}

function partBlock(part: Part): Showable {
  return part.type === "text" ? textBlock(part.text) : mediaBlock(part);
}

function mediaBlock(media: Media): Showable {
  const { mediaType, data, name } = media;
  const image = IMAGES.find((type) => type === mediaType);
  if (image) return { type: "image", source: { type: "base64", media_type: image, data } };
  if (mediaType !== "application/pdf") return textBlock(mediaLabel(media));
  return {
    type: "document",
    source: { type: "base64", media_type: mediaType, data },
    ...(name ? { title: name } : {}),
  };
}

function textBlock(text: string): TextBlockParam {
  return { type: "text", text };
}
