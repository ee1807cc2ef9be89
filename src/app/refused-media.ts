/** What an attachment that a provider does not take means for the rest of its session. Pure. */
import type { TurnResult } from "../chat/events.ts";
import type { Block, Message } from "../lib/conversation.ts";
import { ProviderError } from "../llm/errors.ts";

/** A request that was refused with media in it: they stay in the conversation, and the next one would be refused too. */
export function advisedOnMedia(result: TurnResult, messages: readonly Message[]): TurnResult {
  const { error } = result;
  if (!(error instanceof ProviderError) || error.kind !== "bad_request") return result;
  if (!messages.some(({ blocks }) => blocks.some(hasMedia))) return result;
  const advice = "it may be what is attached, which is sent with each message: a new session is without it";
  const details = { advice, cause: error, ...(error.status !== undefined && { status: error.status }) };
  return { ...result, error: new ProviderError(error.kind, error.message, details) };
}

function hasMedia(block: Block): boolean {
  return block.type === "media" || (block.type === "tool_result" && block.media !== undefined);
}
