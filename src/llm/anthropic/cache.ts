/**
 * What the provider is asked to keep of what it has read: everything up to a mark, of which a request may have four.
 * Whoever else speaks this API knows the marks too or passes over them; `cache = false` is for who does not.
 */
import type { TextBlockParam, Tool } from "@anthropic-ai/sdk/resources/messages";
import type { BlockMessage } from "./content.ts";

const MARK = { cache_control: { type: "ephemeral" } } as const;

/** Tools come first of all and seldom change; they are kept where the system prompt is another. */
export function markTools(tools: readonly Tool[]): Tool[] {
  return tools.map((tool, index) => (index === tools.length - 1 ? { ...tool, ...MARK } : tool));
}

export function markSystem(system: string): TextBlockParam[] {
  return [{ type: "text", text: system, ...MARK }];
}

/**
 * Marks the last message and the user's one before it, where the request before this one ended: the provider looks
 * back from a mark over twenty blocks only, which an answer with many calls exceeds. Thoughts and blank texts take no
 * mark; the user has neither.
 */
export function markMessages(messages: readonly BlockMessage[]): BlockMessage[] {
  const users = messages.flatMap(({ role }, index) => (role === "user" ? [index] : []));
  const marked = users.slice(-2);
  return messages.map((message, index) => {
    if (message.role === "assistant" || !marked.includes(index)) return message;
    const last = message.content.length - 1;
    return {
      ...message,
      content: message.content.map((block, at) => (at === last ? { ...block, ...MARK } : block)),
    };
  });
}
