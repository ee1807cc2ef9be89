import { isAnswer, isTerminal } from "./event-sorts.ts";
import type { ModelEvent } from "./port.ts";

export interface Failure {
  failed: Extract<ModelEvent, { type: "failed" }>;
  /** Usage, until it is clear that nobody else will report its own. */
  held: ModelEvent[];
  /** Whether anything of an answer went out. */
  seen: boolean;
}

/** Passes a stream on; a failure is handed back instead, for who can do something about it. */
export async function* untilFailure(
  events: AsyncIterable<ModelEvent>,
): AsyncGenerator<ModelEvent, Failure | undefined> {
  const held: ModelEvent[] = [];
  let seen = false;
  for await (const event of events) {
    if (event.type === "failed") return { failed: event, held, seen };
    if (event.type === "usage") {
      held.push(event);
      continue;
    }
    if (isTerminal(event)) yield* held;
    yield event;
    if (isTerminal(event)) return undefined;
    seen ||= isAnswer(event);
  }
  return undefined;
}
