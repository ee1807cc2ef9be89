/** What an answer may have used where its provider told no usage: it was cut off, or never tells any. Pure. */
import type { Block, Usage } from "../lib/conversation.ts";
import type { ModelRequest } from "../llm/port.ts";
import { estimateBlock, estimateMessage, estimateSurroundings } from "./context/estimate.ts";

/** An estimate, marked as such: it counts for limits, and no cost is told of it. */
export function unreportedUsage(request: ModelRequest, answer: readonly Block[]): Usage {
  const input = request.messages.reduce((sum, message) => sum + estimateMessage(message), 0);
  const output = answer.reduce((sum, block) => sum + estimateBlock(block), 0);
  return {
    input: input + estimateSurroundings(request),
    output,
    cacheRead: 0,
    cacheWrite: 0,
    estimated: true,
  };
}

/**
 * What an answer that broke off has used: its provider counted when it began, and what came since is guessed. An
 * estimate where the guess is more.
 */
export function brokenOffUsage(reported: Usage, guess: Usage): Usage {
  if (reported.costUsd !== undefined || guess.output <= reported.output) return reported;
  return { ...reported, output: guess.output, estimated: true };
}
