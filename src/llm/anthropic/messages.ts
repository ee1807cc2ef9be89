/** mcpchat's request as a request of Anthropic's Messages API. */
import type { BetaThinkingConfigParam } from "@anthropic-ai/sdk/resources/beta/messages";
import type { MessageCreateParamsStreaming, OutputConfig } from "@anthropic-ai/sdk/resources/messages";
import type { JsonObject } from "../../lib/conversation.ts";
import type { ModelRequest } from "../port.ts";
import { schemaInstruction } from "../schema-words.ts";
import type { Turn } from "../transcript.ts";
import { markMessages, markSystem, markTools } from "./cache.ts";
import { toMessage } from "./content.ts";
import { familyOf } from "./families.ts";
import { outputSchema } from "./output-schema.ts";
import { isThinking, type SamplingParams, samplingOf, type Thinking, thinkingOf } from "./thinking.ts";
import { goesOnThoughtless, turnsFor, withLatestThoughts } from "./thoughts.ts";
import { toolsFor } from "./tools.ts";

/** Who gets the request. */
export interface Recipient {
  /** Whether it may be asked to keep what it has read. */
  cache: boolean;
  /** Scheme, host and port; empty for Anthropic itself. */
  origin: string;
  /** Whether to ask for a schema in words even where the API could be told of it. */
  inWords?: boolean;
}

export type MessagesBody = Omit<MessageCreateParamsStreaming, "thinking"> &
  SamplingParams & { thinking?: BetaThinkingConfigParam };

export interface MessagesCall {
  body: MessagesBody;
  /** What the API does only for who names it. */
  betas: string[];
  /** Lines for the user: what the model does not take. */
  notices: string[];
}

const BINDING_BETA = "thinking-binding-controls-2026-08-01";

/** Nothing in it depends on anything but the arguments: what was sent once is sent alike ever after. */
export function toMessagesRequest(request: ModelRequest, recipient: Recipient): MessagesCall {
  const family = familyOf(request.model);
  const maxTokens = request.maxTokens ?? family.maxTokens;
  const turns = turnsFor(request, family, recipient.origin);
  const asked = thinkingOf(request, family, maxTokens);
  const thinking = asked.config?.type === "enabled" && goesOnThoughtless(turns) ? {} : asked;
  // Others may refuse what Anthropic has on trial, and one way of thinking does not take it.
  const released = family.bound && recipient.origin === "" && thinking.config?.type === "adaptive";
  const sampling = samplingOf(request, family, isThinking(thinking));
  const format = formatOf(request, recipient);
  const { stop = [] } = request;
  return {
    body: {
      model: request.model,
      max_tokens: maxTokens,
      stream: true,
      ...promptOf(
        { ...request, system: systemOf(request, format) },
        family.bound && !released ? withLatestThoughts(turns) : turns,
        recipient,
      ),
      ...sampling.params,
      ...(stop.length === 0 ? {} : { stop_sequences: [...stop] }),
      ...configOf(thinking, released),
      ...outputOf(thinking, format),
    },
    betas: released ? [BINDING_BETA] : [],
    notices: [thinking.notice, sampling.notice].filter((line) => line !== undefined),
  };
}

type Prompt = Pick<MessagesBody, "tools" | "tool_choice" | "system" | "messages">;

function promptOf(
  { system, tools: offered }: Pick<ModelRequest, "system" | "tools">,
  turns: readonly Turn[],
  recipient: Recipient,
): Prompt {
  const messages = turns.map(toMessage);
  const { tools, ...choice } = toolsFor(offered, turns);
  if (!recipient.cache)
    return { ...(tools ? { tools } : {}), ...choice, ...(system ? { system } : {}), messages };
  return {
    ...(tools ? { tools: markTools(tools) } : {}),
    ...choice,
    ...(system ? { system: markSystem(system) } : {}),
    messages: markMessages(messages),
  };
}

function systemOf({ system = "", schema }: ModelRequest, format: JsonObject | undefined): string {
  const instruction = schema && !format ? schemaInstruction(schema) : "";
  return [system, instruction].filter(Boolean).join("\n\n");
}

function formatOf({ model, schema }: ModelRequest, { inWords }: Recipient): JsonObject | undefined {
  return schema && !inWords && familyOf(model).schema ? outputSchema(schema) : undefined;
}

/**
 * A thought that does not fit what was said before it, as a tool went or the beginning was left out, is passed over
 * then, where it would be an error.
 */
function configOf({ config }: Thinking, released: boolean): Pick<MessagesBody, "thinking"> {
  if (!config) return {};
  if (!released || config.type !== "adaptive") return { thinking: config };
  return { thinking: { ...config, block_binding: { prefix_mismatch_behavior: "drop_block" } } };
}

function outputOf({ effort }: Thinking, schema: JsonObject | undefined): Pick<MessagesBody, "output_config"> {
  if (!effort && !schema) return {};
  const format: OutputConfig = schema ? { format: { type: "json_schema", schema } } : {};
  return { output_config: { ...(effort ? { effort } : {}), ...format } };
}
