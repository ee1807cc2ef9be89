/** Results of tools as the text that a model reads, and the text that a person reads. */
import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/client";
import { decodedSize, type JsonObject } from "../../../lib/conversation.ts";
import type { ToolOutcome } from "../port.ts";
import { beginning, escapeInvisible } from "../text.ts";
import { mediaOf } from "./media.ts";

/** Characters of one result; more would push the conversation out of most context windows. */
const MAX_CONTENT = 200_000;

/**
 * A result as an outcome: text blocks joined, the rest named in brackets, structured content if there is no text. Who
 * a block is for decides who reads it.
 */
export function toOutcome(result: CallToolResult, maxLength = MAX_CONTENT): ToolOutcome {
  const structured = asObject(result.structuredContent);
  const original = textForUser(result);
  const content = readable(textForModel(result), maxLength);
  const forUser = result.content.filter((block) => !isFor(block, "assistant"));
  const media = mediaOf(result.content.filter((block) => isFor(block, "assistant")));
  return {
    content,
    isError: result.isError === true,
    ...(media.length > 0 && { media }),
    ...(content !== original && { original }),
    ...(forUser.length > 0 && { forUser: joined(forUser) }),
    ...(!isPlain(result.content) && { blocks: result.content }),
    ...(structured && { structured }),
  };
}

/** An outcome that tells the model what went wrong. */
export function errorOutcome(text: string): ToolOutcome {
  return { content: readable(text, MAX_CONTENT), isError: true };
}

function textForModel(result: CallToolResult): string {
  const blocks = result.content.filter((block) => isFor(block, "assistant"));
  if (blocks.length > 0) return joined(blocks);
  if (result.structuredContent !== undefined) return JSON.stringify(result.structuredContent);
  return result.content.length > 0 ? "[the result is for the user alone]" : "[the tool returned nothing]";
}

/** A person who asks for a result gets it, if it is for the model alone too. */
function textForUser(result: CallToolResult): string {
  const blocks = result.content.filter((block) => isFor(block, "user"));
  if (blocks.length > 0) return joined(blocks);
  if (result.content.length > 0) return joined(result.content);
  return result.structuredContent === undefined ? "" : JSON.stringify(result.structuredContent);
}

function isFor({ annotations }: ContentBlock, reader: "user" | "assistant"): boolean {
  const audience = annotations?.audience ?? [];
  return audience.length === 0 || audience.includes(reader);
}

function joined(blocks: readonly ContentBlock[]): string {
  return blocks.map(describeBlock).join("\n");
}

/** One text with nothing about it: its words are all there is. */
function isPlain(blocks: readonly ContentBlock[]): boolean {
  const [first] = blocks;
  return blocks.length === 1 && first?.type === "text" && !first.annotations && !first._meta;
}

/** A block as text, as the server wrote it: what is not text is named in brackets. */
export function describeBlock(block: ContentBlock): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "image":
    case "audio":
      return `[${block.type} ${block.mimeType}, ${decodedSize(block.data)} bytes]`;
    case "resource_link":
      return `[resource ${block.uri}: ${block.name}]`;
    case "resource":
      return describeResource(block.resource);
  }
}

function describeResource(resource: Extract<ContentBlock, { type: "resource" }>["resource"]): string {
  if ("text" in resource) return `[resource ${resource.uri}]\n${resource.text}`;
  const type = resource.mimeType === undefined ? "" : ` ${resource.mimeType},`;
  return `[resource ${resource.uri}:${type} ${decodedSize(resource.blob)} bytes]`;
}

/** Fit for a model: nothing invisible, and cut to size. What is far beyond the cut is not even looked at. */
function readable(text: string, maxLength: number): string {
  const start = beginning(text, maxLength);
  const escaped = escapeInvisible(start);
  const kept = beginning(escaped, maxLength);
  const leftOut = text.length - start.length + escaped.length - kept.length;
  return leftOut === 0 ? kept : `${kept}\n[${leftOut} more characters left out]`;
}

function asObject(value: unknown): JsonObject | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as JsonObject; // It came out of JSON.parse, so an object of it is a JsonObject.
}
