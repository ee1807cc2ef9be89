/** mcpchat's request as a request of OpenAI's Chat Completions API, or as what a server makes of that. */
import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { JsonObject, Media } from "../../lib/conversation.ts";
import type { ModelRequest, ToolDefinition } from "../port.ts";
import { type Quirks, USUAL_QUIRKS } from "../quirks.ts";
import { schemaInstruction } from "../schema-words.ts";
import { type ToolResult, type Turn, textsOf, transcriptOf } from "../transcript.ts";
import { nineCharacterIds } from "./call-ids.ts";
import { type EffortParams, effortParams } from "./effort.ts";
import { chatPart, isImage } from "./media.ts";
import { schemaFormat } from "./schema.ts";

/** Who gets the request. */
export interface Recipient {
  quirks: Quirks;
  /** Extras of calls go back to who sent them alone: others refuse fields that they do not know. */
  origin: string;
  /** Whether to ask for a schema in words alone, as the server takes no other way. */
  isPlain?: boolean;
}

type Params = Omit<ChatCompletionCreateParamsStreaming, "reasoning_effort">;
export type CompletionsBody = Params & EffortParams & { random_seed?: number };

export function toCompletionsRequest(
  request: ModelRequest,
  recipient: Recipient = { quirks: USUAL_QUIRKS, origin: "" },
): CompletionsBody {
  const { maxTokens, temperature, tools, effort } = request;
  const { quirks } = recipient;
  const system = systemOf(request, recipient);
  return {
    model: request.model,
    stream: true,
    ...(quirks.asksForUsage ? { stream_options: { include_usage: true } } : {}),
    messages: [
      ...(system ? [{ role: "system" as const, content: system }] : []),
      ...said(request, recipient),
    ],
    ...(maxTokens === undefined ? {} : { [quirks.limitField]: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...samplingOf(request, quirks),
    ...effortParams(quirks.effort, request.model, effort),
    ...formatOf(request, recipient),
    ...(tools.length === 0 ? {} : { tools: tools.map(toTool) }),
  };
}

type SamplingParams = Pick<CompletionsBody, "seed" | "random_seed" | "top_p" | "stop">;

function samplingOf({ sampling = {}, stop = [] }: ModelRequest, { seedField }: Quirks): SamplingParams {
  const { seed, topP } = sampling;
  return {
    ...(seed === undefined || seedField === "none" ? {} : { [seedField]: seed }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(stop.length === 0 ? {} : { stop: [...stop] }),
  };
}

function formatOf(
  { schema }: ModelRequest,
  { quirks, isPlain }: Recipient,
): Pick<CompletionsBody, "response_format"> {
  if (!schema || isPlain) return {};
  if (quirks.format === "json_object") return { response_format: { type: "json_object" } };
  return { response_format: { type: "json_schema", json_schema: schemaFormat(schema) } };
}

/** The system prompt, and the schema in words for who cannot be told it otherwise. */
function systemOf({ system = "", schema }: ModelRequest, { quirks, isPlain }: Recipient): string {
  const inWords = schema && (isPlain || quirks.format === "json_object") ? schemaInstruction(schema) : "";
  return [system, inWords].filter(Boolean).join("\n\n");
}

/** What the mapping of one message has to know of the whole conversation. */
interface Context {
  recipient: Recipient;
  idOf: (id: string) => string;
  /** Whether it is of the answer that is under way: DeepSeek wants its thoughts until the next question. */
  inLoop: boolean;
}

function said({ messages }: ModelRequest, recipient: Recipient): ChatCompletionMessageParam[] {
  const turns = transcriptOf(messages, recipient.quirks.thoughts);
  const lastQuestion = turns.findLastIndex((turn) => turn.role === "user" && turn.parts.length > 0);
  const ids = turns.flatMap((turn) => (turn.role === "user" ? turn.results.map(({ callId }) => callId) : []));
  const idOf = recipient.quirks.callIds === "nine" ? nineCharacterIds(ids) : (id: string) => id;
  return turns.flatMap((turn, index) => toMessages(turn, { recipient, idOf, inLoop: index > lastQuestion }));
}

function toMessages(turn: Turn, context: Context): ChatCompletionMessageParam[] {
  if (turn.role === "assistant") return [assistantMessage(turn, context)];
  const { quirks } = context.recipient;
  const results = turn.results.map((result) => toolMessage(result, context));
  const content = userContent(turn, quirks);
  if (content.length === 0) return results;
  const between = results.length > 0 && quirks.afterTools === "assistant" ? [SEEN] : [];
  return [...results, ...between, { role: "user", content }];
}

/** Where the user may not follow on the results of tools, as after a turn that was stopped there. */
const SEEN: ChatCompletionMessageParam = { role: "assistant", content: "(I have the results of the tools.)" };

/**
 * What the user says, and what tools showed: their own messages take text alone. Where there is nothing to look at, it
 * is one text, as some servers know no other.
 */
function userContent(
  { results, parts }: Extract<Turn, { role: "user" }>,
  { pdf }: Quirks,
): string | ChatCompletionContentPart[] {
  const shown = results.flatMap(({ media = [] }) => media).filter((medium) => isShown(medium, pdf));
  const isText = parts.every((part) => part.type === "text" || !isShown(part, pdf));
  if (shown.length === 0 && isText) return textsOf(parts).join("\n\n");
  const found = shown.map((medium) => chatPart({ type: "media", ...medium }, pdf));
  return [
    ...(found.length === 0 ? [] : [{ type: "text" as const, text: FOUND }, ...found]),
    ...parts.map((part) => chatPart(part, pdf)),
  ];
}

const FOUND = "(What the results of the tools above name:)";

function isShown(medium: Media, pdf: Quirks["pdf"]): boolean {
  return isImage(medium) || pdf !== "none";
}

function assistantMessage(
  turn: Extract<Turn, { role: "assistant" }>,
  { recipient, idOf, inLoop }: Context,
): ChatCompletionMessageParam {
  const content = turn.blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
  const calls = turn.blocks.filter((block) => block.type === "tool_call");
  if (calls.length === 0) return { role: "assistant", content };
  const toolCalls = calls.map(({ id, name, arguments: input, extra }) => ({
    id: idOf(id),
    type: "function" as const,
    function: { name, arguments: JSON.stringify(input) },
    ...(extra?.origin === recipient.origin && { extra_content: extra.content }),
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
export function resultText({ content, isError }: ToolResult): string {
  return isError && !/^error\b/i.test(content) ? `Error: ${content}` : content;
}

function toolMessage(result: ToolResult, { idOf }: Context): ChatCompletionMessageParam {
  return { role: "tool", tool_call_id: idOf(result.callId), content: resultText(result) };
}

/** OpenAI and LM Studio refuse an object without `properties`, which is how MCP says that a tool takes none. */
export function parametersOf(inputSchema: JsonObject): JsonObject {
  return { properties: {}, ...inputSchema, type: "object" };
}

function toTool({ name, description, inputSchema }: ToolDefinition): ChatCompletionFunctionTool {
  return {
    type: "function",
    function: { name, ...(description ? { description } : {}), parameters: parametersOf(inputSchema) },
  };
}
