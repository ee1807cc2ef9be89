/** Whether a conversation ended in the middle of a turn. Pure. */
import { textOf } from "../lib/conversation.ts";
import type { StoredMessage } from "../session/port.ts";

/** What the last turn lacks: the rest of its answer, or all of it; undefined when it is whole, or there is none. */
export function lacking(messages: readonly StoredMessage[]): "rest" | "answer" | undefined {
  const last = messages.at(-1);
  if (last === undefined) return undefined;
  // A crash left calls without results: the model is told that, and answers.
  const isCalling = last.blocks.some(({ type }) => type === "tool_call");
  if (last.role === "user" || (isCalling && last.status === "complete")) return "answer";
  if (last.status === "complete") return undefined;
  return textOf(last).trim() === "" ? "answer" : "rest";
}
