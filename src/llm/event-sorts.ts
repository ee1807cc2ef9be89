/** What the guards tell apart in a stream. */
import type { ModelEvent } from "./port.ts";

export function isTerminal(event: ModelEvent): event is Extract<ModelEvent, { type: "done" | "failed" }> {
  return event.type === "done" || event.type === "failed";
}

const ANSWER: ReadonlySet<ModelEvent["type"]> = new Set([
  "text",
  "thinking",
  "tool_call_start",
  "tool_call_arguments",
  "tool_call",
]);

/** Whether it is part of an answer, which cannot be unseen. News of a model that is being loaded may come again. */
export function isAnswer({ type }: ModelEvent): boolean {
  return ANSWER.has(type);
}
