/** mcpchat's request as a request of Anthropic's Messages API. */
import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  Tool,
} from "@anthropic-ai/sdk/resources/messages";
import type { JsonObject } from "../../lib/conversation.ts";
import { fields, list } from "../fields.ts";
import type { ModelRequest, ToolDefinition } from "../port.ts";
import { type Turn, textsOf, transcriptOf } from "../transcript.ts";

/** Marks the data of a redacted thought, kept where a signature is kept, so that it goes back as it came. */
export const REDACTED = "redacted:";

export function toMessagesRequest(request: ModelRequest): MessageCreateParamsStreaming {
  const turns = transcriptOf(request.messages, "signed");
  return {
    model: request.model,
    max_tokens: request.maxTokens ?? defaultMaxTokens(request.model),
    stream: true,
    messages: turns.map(toMessage),
    ...(request.system ? { system: request.system } : {}),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...samplingOf(request),
    ...toolsFor(request.tools, turns),
  };
}

/** The SDK's types have no sampling any more, as the newest models refuse it, which is theirs to say; others take it. */
interface SamplingParams {
  top_p?: number;
  top_k?: number;
  stop_sequences?: string[];
}

function samplingOf({ sampling = {}, stop = [] }: ModelRequest): SamplingParams {
  const { topP, topK } = sampling;
  return {
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
    ...(stop.length === 0 ? {} : { stop_sequences: [...stop] }),
  };
}

/**
 * Anthropic demands a limit. The most that each family takes, but 32,000 for those that take more, as the limit
 * counts against the context window; a model of another house, behind a proxy, gets a modest one.
 */
export function defaultMaxTokens(model: string): number {
  if (/claude-3-(opus|sonnet|haiku)/.test(model)) return 4096;
  if (/claude-3-5/.test(model) || !model.includes("claude")) return 8192;
  return 32_000;
}

function toMessage(turn: Turn): MessageParam {
  if (turn.role === "assistant") return { role: "assistant", content: turn.blocks.map(toContent) };
  const results = turn.results.map(
    ({ callId, content, isError }): ContentBlockParam => ({
      type: "tool_result",
      tool_use_id: callId,
      content,
      ...(isError ? { is_error: true } : {}),
    }),
  );
  const texts = textsOf(turn.parts);
  const [only, ...more] = texts;
  if (results.length === 0 && only !== undefined && more.length === 0) return { role: "user", content: only };
  return { role: "user", content: [...results, ...texts.map(textBlock)] };
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

function textBlock(text: string): ContentBlockParam {
  return { type: "text", text };
}

/** A conversation with tool calls must declare tools, even when none may be used any more. */
function toolsFor(
  tools: readonly ToolDefinition[],
  turns: readonly Turn[],
): Pick<MessageCreateParamsStreaming, "tools" | "tool_choice"> {
  if (tools.length > 0) return { tools: tools.map(toTool) };
  const calls = turns.flatMap((turn) => (turn.role === "assistant" ? turn.blocks : []));
  const names = new Set(calls.flatMap((block) => (block.type === "tool_call" ? [block.name] : [])));
  if (names.size === 0) return {};
  const spent = [...names].map((name): Tool => ({ name, input_schema: { type: "object" } }));
  return { tools: spent, tool_choice: { type: "none" } };
}

function toTool({ name, description, inputSchema }: ToolDefinition): Tool {
  return {
    name,
    ...(description ? { description } : {}),
    input_schema: rootless(inputSchema),
  };
}

/**
 * Anthropic refuses alternatives at the root of a schema: the properties are kept, and the server itself checks which
 * of them go together. MCP demands `type: "object"` of every input schema, as Anthropic does; some servers forget it.
 */
function rootless(inputSchema: JsonObject): Tool["input_schema"] {
  const { anyOf, oneOf, allOf, ...rest } = inputSchema;
  const alternatives = [anyOf, oneOf, allOf].flatMap(list).map((schema) => fields(schema).properties);
  if (alternatives.length === 0) return { ...rest, type: "object" };
  const properties = [...alternatives, rest.properties].flatMap((named) => Object.entries(fields(named)));
  return { ...rest, properties: Object.fromEntries(properties), type: "object" };
}
