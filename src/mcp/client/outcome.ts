/** Results of tools as the text that a model reads. */
import type { CallToolResult } from "@modelcontextprotocol/client";
import type { JsonObject } from "../../lib/conversation.ts";
import type { ToolOutcome } from "./port.ts";
import { beginning, escapeInvisible } from "./text.ts";

/** Characters of one result; more would push the conversation out of most context windows. */
const MAX_CONTENT = 200_000;

type ContentBlock = CallToolResult["content"][number];

/** A result as an outcome: text blocks joined, the rest named in brackets, structured content if there is no text. */
export function toOutcome(result: CallToolResult, maxLength = MAX_CONTENT): ToolOutcome {
  const structured = asObject(result.structuredContent);
  const hasStructure = result.structuredContent !== undefined;
  const parts = result.content.map(describeBlock);
  const text =
    parts.length === 0 && hasStructure ? JSON.stringify(result.structuredContent) : parts.join("\n");
  const content = bounded(escapeInvisible(text), maxLength);
  return {
    content,
    isError: result.isError === true,
    ...(content !== text && { original: text }),
    ...(structured && { structured }),
  };
}

/** An outcome that tells the model what went wrong. */
export function errorOutcome(text: string): ToolOutcome {
  return { content: bounded(escapeInvisible(text), MAX_CONTENT), isError: true };
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

/** How many bytes a base64 text stands for. */
function decodedSize(base64: string): number {
  return Math.floor((base64.replace(/=+$/, "").length * 3) / 4);
}

function bounded(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const kept = beginning(text, maxLength);
  return `${kept}\n[${text.length - kept.length} more characters left out]`;
}

function asObject(value: unknown): JsonObject | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as JsonObject; // It came out of JSON.parse, so an object of it is a JsonObject.
}
