/** Who hears of what happens in the tree: the log, the store, and whoever asks. */
import type { LogFile } from "../lib/log-file.ts";
import type { SupervisionEvents } from "../session/port.ts";
import type { Listener, SupervisionEvent } from "../supervisor/spec.ts";
import { entryOf, levelOf } from "./supervision-log.ts";

/** Passes events on to those who subscribe and unsubscribe while it runs. */
export class EventHub {
  readonly #listeners: Set<Listener>;

  constructor(...listeners: Listener[]) {
    this.#listeners = new Set(listeners);
  }

  readonly tell: Listener = (event) => {
    for (const listener of [...this.#listeners]) tellOne(listener, event);
  };

  /** The returned function ends the subscription. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** A listener that throws must keep the event neither from the others nor supervision from its work. */
function tellOne(listener: Listener, event: SupervisionEvent): void {
  try {
    listener(event);
  } catch {
    // There is nobody to tell: whoever would be told listens here too.
  }
}

export function logEvents(log: LogFile): Listener {
  return (event) => log.write(levelOf(event), entryOf(event));
}

/** Keeps what went wrong; a store that is away, as when it is what went wrong, misses it. */
export function storeEvents(store: () => SupervisionEvents | undefined): Listener {
  return (event: SupervisionEvent) => {
    const level = levelOf(event);
    if (level === "debug" || level === "info") return;
    try {
      store()?.record(entryOf(event));
    } catch {
      // The log has it.
    }
  };
}
