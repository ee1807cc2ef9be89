/** Items of reasoning, which the Responses API encrypts and wants back, kept where the signature of a thought is. */
import type { Block, Message } from "../../lib/conversation.ts";
import { fields, parseJson, text } from "../fields.ts";

/** Tells these signatures from Anthropic's. */
const MARK = "openai:";

export interface Reasoning {
  id: string;
  encrypted: string;
}

/** `origin` is who encrypted it: nobody else can read it. */
export function toSignature({ id, encrypted }: Reasoning, origin: string): string {
  return MARK + JSON.stringify({ origin, id, encrypted_content: encrypted });
}

/** What a signature holds for `origin`; undefined when it is another's. */
export function fromSignature(signature: string, origin: string): Reasoning | undefined {
  if (!signature.startsWith(MARK)) return undefined;
  const kept = fields(parseJson(signature.slice(MARK.length)));
  const id = text(kept.id);
  const encrypted = text(kept.encrypted_content);
  return kept.origin === origin && id && encrypted ? { id, encrypted } : undefined;
}

/** The messages with no thoughts but those that `origin` encrypted. */
export function withOwnReasoning(messages: readonly Message[], origin: string): Message[] {
  const isOwn = (block: Block) =>
    block.type !== "thinking" || fromSignature(block.signature ?? "", origin) !== undefined;
  return messages.map((message) => ({ ...message, blocks: message.blocks.filter(isOwn) }));
}
