/**
 * Where the turns of a conversation begin: with what the user says, and never between a call and its result. Pure.
 */
import type { Block, Message } from "../../lib/conversation.ts";

/** Indices of messages in ascending order; the first is 0, whatever is there. Empty for no messages. */
export function turnStarts(messages: readonly Message[]): number[] {
  const starts: number[] = [];
  // Neighbours of one role are one message to a provider: a result in a later one of them answers a call before them all.
  let answersAhead = false;
  for (let index = messages.length - 1; index >= 0; index--) {
    const { role, blocks } = messages[index] ?? { role: "assistant", blocks: [] };
    if (role === "assistant") answersAhead &&= !blocks.some(isSaid);
    else answersAhead ||= blocks.some(({ type }) => type === "tool_result");
    const begins = role === "user" && !answersAhead && blocks.some(isSaid);
    if (begins || index === 0) starts.push(index);
  }
  return starts.reverse();
}

/** Blank texts and thoughts may not travel: what holds nothing else parts nothing. */
function isSaid(block: Block): boolean {
  if (block.type === "text") return block.text.trim() !== "";
  return block.type === "media" || block.type === "tool_call";
}
