/** Whether a request is so short that no window has to be looked up for it, told at a glance. Pure. */
import type { Block } from "../../lib/conversation.ts";
import type { ModelRequest } from "../../llm/port.ts";

/** Tokens that every model has room for which is sold today, but for a few that remember 2023. */
export const SURELY_FITS = 6000;
/** Of no text more: see text-tokens.ts, which nobody has to load for a short request. */
const TOKENS_A_CHARACTER = 1.5;
/** What stands around a message, a block, a tool, a prompt or a schema at most. */
const FRAME = 24;

/** False is a reason to look closely, and no more. Stops counting where it is too much. */
export function surelyFits({ system, tools, schema, messages }: ModelRequest): boolean {
  let tokens = 2 * FRAME + tokensIn(system) + (schema ? tokensIn(JSON.stringify(schema)) : 0);
  for (const { blocks } of messages) {
    tokens += FRAME;
    for (const block of blocks) tokens += most(block);
    if (tokens > SURELY_FITS) return false;
  }
  for (const { name, description, inputSchema } of tools) {
    if (tokens > SURELY_FITS) return false;
    tokens += FRAME + tokensIn(name) + tokensIn(description) + tokensIn(JSON.stringify(inputSchema));
  }
  return tokens <= SURELY_FITS;
}

function tokensIn(text: string | undefined): number {
  return (text?.length ?? 0) * TOKENS_A_CHARACTER;
}

function most(block: Block): number {
  switch (block.type) {
    case "text":
      return FRAME + tokensIn(block.text);
    case "media":
      return Number.POSITIVE_INFINITY;
    case "thinking":
      return FRAME + tokensIn(block.text) + tokensIn(block.signature);
    case "tool_call":
      return (
        FRAME + tokensIn(block.name) + tokensIn(block.invalidArguments ?? JSON.stringify(block.arguments))
      );
    case "tool_result":
      return block.media?.length ? Number.POSITIVE_INFINITY : FRAME + tokensIn(block.content);
  }
}
