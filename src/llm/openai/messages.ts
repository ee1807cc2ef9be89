/** mcpchat's request as a request of OpenAI's Chat Completions API. */
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { JsonObject } from "../../lib/conversation.ts";
import type { ModelRequest, ToolDefinition } from "../port.ts";
import { type ToolResult, type Turn, textsOf, transcriptOf } from "../transcript.ts";

/**
 * `official`: it goes to OpenAI itself, whose newer models refuse `max_tokens`; other servers know nothing else.
 * `origin`: where it goes, as extras of calls go back to who sent them alone: others refuse fields they do not know.
 * `thoughts`: DeepSeek wants to see what it thought before its calls, until the next question.
 */
export function toCompletionsRequest(
  request: ModelRequest,
  official: boolean,
  origin = "",
  thoughts: "plain" | "none" = "none",
): ChatCompletionCreateParamsStreaming {
  const { maxTokens, temperature, tools } = request;
  const turns = transcriptOf(request.messages, thoughts);
  const lastQuestion = turns.findLastIndex((turn) => turn.role === "user" && turn.parts.length > 0);
  return {
    model: request.model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      ...(request.system ? [{ role: "system" as const, content: request.system }] : []),
      ...turns.flatMap((turn, index) => toMessages(turn, origin, index > lastQuestion)),
    ],
    ...(maxTokens === undefined ? {} : limitOf(maxTokens, official)),
    ...(temperature === undefined ? {} : { temperature }),
    ...samplingOf(request),
    ...(tools.length === 0 ? {} : { tools: tools.map(toTool) }),
  };
}

type SamplingParams = Pick<ChatCompletionCreateParamsStreaming, "seed" | "top_p" | "stop">;

function samplingOf({ sampling = {}, stop = [] }: ModelRequest): SamplingParams {
  const { seed, topP } = sampling;
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(stop.length === 0 ? {} : { stop: [...stop] }),
  };
}

function limitOf(maxTokens: number, official: boolean) {
  return official ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
}

function toMessages(turn: Turn, origin: string, inLoop: boolean): ChatCompletionMessageParam[] {
  if (turn.role === "assistant") return [assistantMessage(turn, origin, inLoop)];
  const content = textsOf(turn.parts).join("\n\n");
  const texts = turn.parts.length === 0 ? [] : [{ role: "user" as const, content }];
  return [...turn.results.map(toolMessage), ...texts];
}

function assistantMessage(
  turn: Extract<Turn, { role: "assistant" }>,
  origin: string,
  inLoop: boolean,
): ChatCompletionMessageParam {
  const content = turn.blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
  const calls = turn.blocks.filter((block) => block.type === "tool_call");
  if (calls.length === 0) return { role: "assistant", content };
  const toolCalls = calls.map(({ id, name, arguments: input, extra }) => ({
    id,
    type: "function" as const,
    function: { name, arguments: JSON.stringify(input) },
    ...(extra?.origin === origin && { extra_content: extra.content }),
  }));
  const thought = turn.blocks.map((block) => (block.type === "thinking" ? block.text : "")).join("");
  return {
    role: "assistant",
    content: content || null,
    tool_calls: toolCalls,
    ...(inLoop && thought && { reasoning_content: thought }),
  };
}

/** This API has no mark for failure, so the text says it. */
function toolMessage({ callId, content, isError }: ToolResult): ChatCompletionMessageParam {
  const failed = isError && !/^error\b/i.test(content);
  return { role: "tool", tool_call_id: callId, content: failed ? `Error: ${content}` : content };
}

/** OpenAI and LM Studio refuse an object without `properties`, which is how MCP says that a tool takes none. */
function parametersOf(inputSchema: JsonObject): JsonObject {
  return { properties: {}, ...inputSchema, type: "object" };
}

function toTool({ name, description, inputSchema }: ToolDefinition): ChatCompletionFunctionTool {
  return {
    type: "function",
    function: { name, ...(description ? { description } : {}), parameters: parametersOf(inputSchema) },
  };
}
