/** The calls of a run that have no answer yet. */
import type { TurnEvent } from "../events.ts";

export class PendingCalls {
  readonly #calls = new Map<string, string>();

  hear(event: TurnEvent): void {
    if (event.type === "tool_call") this.#calls.set(event.id, `${event.server}/${event.name}`);
    if (event.type === "tool_result" || event.type === "tool_denied") this.#calls.delete(event.id);
  }

  /** Such as `, without an answer of files/read`; empty when nothing is pending. */
  words(): string {
    const names = [...new Set(this.#calls.values())];
    return names.length === 0 ? "" : `, without an answer of ${names.join(", ")}`;
  }
}
