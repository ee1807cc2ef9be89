/**
 * How many tokens what is to be sent is about, before anybody has counted. Only for deciding what fits: what was used
 * is what the provider reports. Pure.
 */
import type { Block, Message } from "../../lib/conversation.ts";
import type { ModelRequest, ToolDefinition } from "../../llm/port.ts";
import { estimateMedia } from "./media-tokens.ts";
import { estimateText } from "./text-tokens.ts";

/** What a provider writes around a message, a call, a result or a tool. */
const FRAME = 6;
/** Of a signed thought, most of which its provider counts as the thought it stands for. */
const SIGNATURE_CHARACTERS_A_TOKEN = 4;

export function estimateBlock(block: Block): number {
  switch (block.type) {
    case "text":
      return estimateText(block.text);
    case "media":
      return FRAME + estimateMedia(block);
    case "thinking": {
      const signature = block.signature?.length ?? 0;
      return estimateText(block.text) + Math.ceil(signature / SIGNATURE_CHARACTERS_A_TOKEN);
    }
    case "tool_call": {
      const written = block.invalidArguments ?? JSON.stringify(block.arguments);
      return FRAME * 2 + estimateText(block.name) + estimateText(written);
    }
    case "tool_result": {
      const media = (block.media ?? []).reduce((sum, one) => sum + FRAME + estimateMedia(one), 0);
      return FRAME * 2 + estimateText(block.content) + media;
    }
  }
}

export function estimateMessage({ blocks }: Message): number {
  return blocks.reduce((sum, block) => sum + estimateBlock(block), FRAME);
}

export function estimateTool({ name, description, inputSchema }: ToolDefinition): number {
  return (
    FRAME * 2 + estimateText(name) + estimateText(description) + estimateText(JSON.stringify(inputSchema))
  );
}

/** What is sent with every request of a conversation. */
export type Surroundings = Pick<ModelRequest, "system" | "tools" | "schema">;

/** Tokens of the system prompt, the tools and the schema, estimated. */
export function estimateSurroundings({ system, tools, schema }: Surroundings): number {
  const prompt = system === undefined ? 0 : FRAME + estimateText(system);
  const form = schema === undefined ? 0 : FRAME + estimateText(JSON.stringify(schema));
  return tools.reduce((sum, tool) => sum + estimateTool(tool), prompt + form);
}

/** A function of a message; `remembering` makes one that estimates each only once. */
export type Size = (message: Message) => number;

/** A message that was estimated is not looked at again as long as it is the same object with as many blocks. */
export function remembering(size: Size = estimateMessage): Size {
  const known = new WeakMap<Message, { blocks: Message["blocks"]; count: number; tokens: number }>();
  return (message) => {
    const { blocks } = message;
    const before = known.get(message);
    if (before && before.blocks === blocks && before.count === blocks.length) return before.tokens;
    const tokens = size(message);
    known.set(message, { blocks, count: blocks.length, tokens });
    return tokens;
  };
}
