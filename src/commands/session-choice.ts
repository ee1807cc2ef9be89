/** The session that a command is about. */
import { UsageError } from "../lib/errors.ts";
import type { SessionSummary, Store } from "../session/port.ts";

/** By its id, the beginning of it, or its name; the latest when nothing is said. Throws UsageError. */
export function findSession(store: Store, reference: string | undefined): SessionSummary {
  if (reference === undefined) {
    const latest = store.sessions.find({ latest: true });
    if (latest) return latest;
    throw new UsageError("there is no session yet");
  }
  const found = store.sessions.find({ id: reference }) ?? store.sessions.find({ name: reference });
  if (found) return found;
  throw new UsageError(`there is no session ${reference}`, "see mcpchat sessions list");
}
