/** mcpchat's request as a request of OpenAI's Responses API. Nothing is kept at OpenAI: each request says it all. */
import type {
  FunctionTool,
  ResponseCreateParamsStreaming,
  ResponseInputContent,
  ResponseInputItem,
} from "openai/resources/responses/responses";
import type { ModelRequest, ToolDefinition } from "../port.ts";
import { schemaInstruction } from "../schema-words.ts";
import { type Part, type ToolResult, type Turn, transcriptOf } from "../transcript.ts";
import { isReasoning, levelFor } from "./effort.ts";
import { responsesMedia } from "./media.ts";
import { parametersOf, resultText } from "./messages.ts";
import { fromSignature, withOwnReasoning } from "./reasoning.ts";
import { schemaFormat } from "./schema.ts";

/** Who gets the request. */
export interface Recipient {
  /** Whose encrypted thoughts go back. */
  origin: string;
  /** Whether to help the provider to find again what it has read of the conversation. */
  cache: boolean;
  /** Without what some models and accounts refuse: a schema but in words, earlier thoughts, summaries of thoughts. */
  isPlain?: boolean;
}

export function toResponsesRequest(
  request: ModelRequest,
  recipient: Recipient,
): ResponseCreateParamsStreaming {
  const { model, maxTokens, temperature, tools, sampling = {}, conversation } = request;
  const instructions = instructionsOf(request, recipient);
  return {
    model,
    stream: true,
    store: false,
    ...(isReasoning(model) ? { include: ["reasoning.encrypted_content"] } : {}),
    ...(instructions ? { instructions } : {}),
    input: inputOf(request, recipient),
    ...(maxTokens === undefined ? {} : { max_output_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(sampling.topP === undefined ? {} : { top_p: sampling.topP }),
    ...reasoningOf(request, recipient),
    ...textOf(request, recipient),
    ...(tools.length === 0 ? {} : { tools: tools.map(toTool) }),
    ...(conversation && recipient.cache ? { prompt_cache_key: conversation.id.slice(0, LONGEST_KEY) } : {}),
  };
}

const LONGEST_KEY = 64;

/** Whether the plain request would be another one. */
export function hasPlainer({ schema, effort, model, messages }: ModelRequest, origin: string): boolean {
  if (schema !== undefined || (effort !== undefined && effort !== "off" && isReasoning(model))) return true;
  return messages.some(({ blocks }) =>
    blocks.some(
      (block) => block.type === "thinking" && fromSignature(block.signature ?? "", origin) !== undefined,
    ),
  );
}

function instructionsOf({ system = "", schema }: ModelRequest, { isPlain }: Recipient): string {
  return [system, schema && isPlain ? schemaInstruction(schema) : ""].filter(Boolean).join("\n\n");
}

/** A summary of the thoughts is asked for with them; some accounts have to prove who they are for that. */
function reasoningOf(
  { model, effort }: ModelRequest,
  { isPlain }: Recipient,
): Pick<ResponseCreateParamsStreaming, "reasoning"> {
  const level = effort && levelFor(model, effort);
  if (!level) return {};
  return { reasoning: { effort: level, ...(effort === "off" || isPlain ? {} : { summary: "auto" }) } };
}

function textOf(
  { schema }: ModelRequest,
  { isPlain }: Recipient,
): Pick<ResponseCreateParamsStreaming, "text"> {
  if (!schema || isPlain) return {};
  return { text: { format: { type: "json_schema", ...schemaFormat(schema) } } };
}

function inputOf({ messages }: ModelRequest, { origin, isPlain }: Recipient): ResponseInputItem[] {
  const turns = isPlain
    ? transcriptOf(messages, "none")
    : transcriptOf(withOwnReasoning(messages, origin), "signed");
  return turns.flatMap((turn) => (turn.role === "user" ? userItems(turn) : assistantItems(turn, origin)));
}

function userItems({ results, parts }: Extract<Turn, { role: "user" }>): ResponseInputItem[] {
  return [
    ...results.map(outputItem),
    ...(parts.length === 0 ? [] : [{ role: "user" as const, content: parts.map(toContent) }]),
  ];
}

function toContent(part: Part): ResponseInputContent {
  return part.type === "text" ? { type: "input_text", text: part.text } : responsesMedia(part);
}

function outputItem(result: ToolResult): ResponseInputItem {
  const { callId, media = [] } = result;
  const text = resultText(result);
  const output =
    media.length === 0 ? text : [{ type: "input_text" as const, text }, ...media.map(responsesMedia)];
  return { type: "function_call_output", call_id: callId, output };
}

type AssistantTurn = Extract<Turn, { role: "assistant" }>;

function assistantItems({ blocks }: AssistantTurn, origin: string): ResponseInputItem[] {
  return blocks.flatMap((block) => itemsOf(block, origin));
}

function itemsOf(block: AssistantTurn["blocks"][number], origin: string): ResponseInputItem[] {
  switch (block.type) {
    case "text":
      return [{ role: "assistant", content: block.text }];
    case "tool_call": {
      const { id, name, arguments: input } = block;
      return [{ type: "function_call", call_id: id, name, arguments: JSON.stringify(input) }];
    }
    case "thinking":
      return reasoningItem(block.text, block.signature ?? "", origin);
  }
}

function reasoningItem(text: string, signature: string, origin: string): ResponseInputItem[] {
  const reasoning = fromSignature(signature, origin);
  if (!reasoning) return [];
  const summary = text ? [{ type: "summary_text" as const, text }] : [];
  return [{ type: "reasoning", id: reasoning.id, summary, encrypted_content: reasoning.encrypted }];
}

/** Strict unless told otherwise, which the schemas of few tools allow. */
function toTool({ name, description, inputSchema }: ToolDefinition): FunctionTool {
  return {
    type: "function",
    name,
    ...(description ? { description } : {}),
    parameters: parametersOf(inputSchema),
    strict: false,
  };
}
