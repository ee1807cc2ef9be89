/** What a turn needs from the outside; the services of the tree provide it, and tests do. */
import type { Block, JsonObject, Message, Usage } from "../lib/conversation.ts";
import type { CatalogueTool } from "../mcp/client/port.ts";

/** The current conversation. Every method has written what it was given to disk when it returns. */
export interface Conversation {
  messages(): readonly Message[];
  append(message: Message): unknown;
  beginAnswer(origin: { provider: string; model: string }): Answer;
}

/** An answer as it grows. `update` may write behind by a moment; the two ends write at once. */
export interface Answer {
  update(blocks: readonly Block[]): void;
  complete(blocks: readonly Block[], usage: Usage): void;
  fail(blocks: readonly Block[], usage?: Usage): void;
}

export type Permission = { allowed: true } | { allowed: false; reason: string };

/** Decides whether the model may make this call; on a terminal it may ask, and takes as long as the user does. */
export type Approve = (tool: CatalogueTool, args: JsonObject, signal: AbortSignal) => Promise<Permission>;
