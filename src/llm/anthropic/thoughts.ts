/** Which thoughts of earlier answers go back to a model. */
import type { Block, Message } from "../../lib/conversation.ts";
import type { ModelRequest } from "../port.ts";
import { type Turn, transcriptOf } from "../transcript.ts";
import type { Family } from "./families.ts";
import { REDACTED, sentSignature } from "./signature.ts";

/** The conversation in the API's order, with those thoughts that its model takes. `origin` is empty for Anthropic. */
export function turnsFor({ messages, effort }: ModelRequest, family: Family, origin: string): Turn[] {
  // What a model may not do now it need not read of the past either.
  const none = family.thinking === "none" || (effort === "off" && family.off === "disabled");
  const own = messages.map((message) => ownThoughts(message, family, origin));
  return transcriptOf(own, none ? "none" : "signed");
}

function ownThoughts(message: Message, { hidden }: Family, origin: string): Message {
  const blocks = message.blocks.flatMap((block): Block[] => {
    if (block.type !== "thinking" || !block.signature) return [block];
    const signature = sentSignature(block.signature, origin);
    if (signature === undefined) return [];
    // Models that show their thoughts refuse one without its text, which others leave behind.
    if (block.text === "" && !hidden && !signature.startsWith(REDACTED)) return [];
    return [{ ...block, signature }];
  });
  return { ...message, blocks };
}

/**
 * Whether an answer is under way whose latest part does not begin with a thought: the API refuses to go on thinking
 * there, be it that thinking was off or that another model began.
 */
export function goesOnThoughtless(turns: readonly Turn[]): boolean {
  const [before, last] = turns.slice(-2);
  if (last?.role !== "user" || last.results.length === 0) return false;
  return before?.role === "assistant" && before.blocks[0]?.type !== "thinking";
}

/** Thoughts of the answer under way alone: those of earlier ones may be left out, and cannot be refused then. */
export function withLatestThoughts(turns: readonly Turn[]): Turn[] {
  const question = turns.findLastIndex((turn) => turn.role === "user" && turn.parts.length > 0);
  return turns.map((turn, index) =>
    turn.role === "user" || index > question
      ? turn
      : { ...turn, blocks: turn.blocks.filter(({ type }) => type !== "thinking") },
  );
}
