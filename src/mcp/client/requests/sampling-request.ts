/** A server's sampling request in our words: bounded, its hidden characters made visible to the model. Pure. */
import type { CreateMessageRequestParams } from "@modelcontextprotocol/client";
import type { Block, JsonObject, Message } from "../../../lib/conversation.ts";
import { escapeInvisible, truncate } from "../text.ts";
import type { SampleRequest, ToolOffer } from "./counterpart.ts";

/** A request that cannot be put to a model; the message is for the server. */
export class Unanswerable extends Error {
  override readonly name = "Unanswerable";
}

const MOST_MESSAGES = 500;
/** Of all texts together, about 250,000 tokens. */
const MOST_CHARACTERS = 1_000_000;
const MOST_TOOLS = 128;
/** What one answer may be long, whatever the server wishes. */
const MOST_TOKENS = 4096;
const MOST_STOPS = 4;
const LONGEST_STOP = 100;
const MOST_HINTS = 10;
/** As the providers demand. */
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

type Content = CreateMessageRequestParams["messages"][number]["content"];
type Part = Exclude<Content, readonly unknown[]>;

/**
 * Throws Unanswerable. `includeContext` is left aside: it is deprecated, and what was said to another server, or to
 * the model, is nothing that a server should learn by asking. `toolChoice` is left aside but for `none`, as no port of
 * ours can force a call.
 */
export function sampleRequestOf(params: CreateMessageRequestParams): SampleRequest {
  const { systemPrompt, temperature, stopSequences = [], modelPreferences, maxTokens } = params;
  const messages = params.messages.map(messageOf).filter(({ blocks }) => blocks.length > 0);
  if (messages.length === 0) throw new Unanswerable("there is nothing to answer");
  if (messages.length > MOST_MESSAGES) throw new Unanswerable(`more than ${MOST_MESSAGES} messages`);
  const tools = params.toolChoice?.mode === "none" && !usesTools(messages) ? [] : toolsOf(params);
  const size = JSON.stringify([messages, tools]).length + (systemPrompt?.length ?? 0);
  if (size > MOST_CHARACTERS) throw new Unanswerable(`more than ${MOST_CHARACTERS} characters`);
  const stop = stopSequences
    .filter((text) => text !== "" && text.length <= LONGEST_STOP)
    .slice(0, MOST_STOPS);
  const heat = temperature === undefined ? undefined : Math.min(2, Math.max(0, temperature));
  const hints = (modelPreferences?.hints ?? []).flatMap(({ name }) => (name ? [truncate(name, 100)] : []));
  return {
    messages,
    tools,
    maxTokens: Math.min(MOST_TOKENS, Math.max(1, maxTokens)),
    hints: hints.slice(0, MOST_HINTS),
    ...(systemPrompt && { system: escapeInvisible(systemPrompt) }),
    ...(heat !== undefined && { temperature: heat }),
    ...(stop.length > 0 && { stop }),
  };
}

function messageOf({ role, content }: CreateMessageRequestParams["messages"][number]): Message {
  const parts = Array.isArray(content) ? content : [content];
  return { role, blocks: parts.map(blockOf).filter((block) => block.type !== "text" || block.text !== "") };
}

function blockOf(part: Part): Block {
  switch (part.type) {
    case "text":
      return { type: "text", text: escapeInvisible(part.text) };
    case "tool_use":
      // What came over the wire is JSON.
      return { type: "tool_call", id: part.id, name: part.name, arguments: part.input as JsonObject };
    case "tool_result": {
      const content = part.content.map((piece) => resultText(piece)).join("\n");
      return { type: "tool_result", callId: part.toolUseId, content, isError: part.isError ?? false };
    }
    default:
      return { type: "text", text: noteOf(part) };
  }
}

type ResultPart = Extract<Part, { type: "tool_result" }>["content"][number];

function resultText(part: ResultPart): string {
  if (part.type === "text") return escapeInvisible(part.text);
  if (part.type === "resource" && "text" in part.resource) return escapeInvisible(part.resource.text);
  return part.type === "image" || part.type === "audio" ? noteOf(part) : `[${part.type} not shown]`;
}

function noteOf({ type, mimeType }: { type: string; mimeType: string }): string {
  return `[${type} ${escapeInvisible(truncate(mimeType, 100))} not shown]`;
}

function usesTools(messages: readonly Message[]): boolean {
  return messages.some(({ blocks }) => blocks.some(({ type }) => type !== "text"));
}

function toolsOf({ tools = [] }: CreateMessageRequestParams): ToolOffer[] {
  if (tools.length > MOST_TOOLS) throw new Unanswerable(`more than ${MOST_TOOLS} tools`);
  return tools.map(({ name, description, inputSchema }) => {
    if (!TOOL_NAME.test(name)) throw new Unanswerable("a tool has a name that models do not take");
    // What came over the wire is JSON.
    const schema = inputSchema as unknown as JsonObject;
    return { name, description: escapeInvisible(description ?? ""), inputSchema: schema };
  });
}
