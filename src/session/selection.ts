/**
 * From what the user asked for to a session: an existing one, or what a new one is to be.
 */
import { UsageError } from "../lib/errors.ts";
import type { SessionSelection, SessionSummary, Store } from "./port.ts";
import { checkedName } from "./title.ts";

export interface Selected {
  found?: SessionSummary;
  draft: { name?: string };
}

/** Throws UsageError when there is no such session, or the name cannot be had. */
export function selectSession(store: () => Store, selection: SessionSelection): Selected {
  if ("new" in selection) {
    if (selection.name === undefined) return { draft: {} };
    assertNameFree(store(), selection.name);
    return { draft: { name: checkedName(selection.name) } };
  }
  const found = store().sessions.find(selection);
  if (found) return { found, draft: {} };
  if ("name" in selection) return { draft: { name: checkedName(selection.name) } };
  if ("latest" in selection) throw new UsageError("there is no session to continue");
  throw new UsageError(`there is no session ${selection.id}`, "see: mcpchat sessions list");
}

/** Throws UsageError when another session has the name, or nothing can have it. */
export function assertNameFree(store: Store, name: string): void {
  if (!store.sessions.find({ name: checkedName(name) })) return;
  throw new UsageError(`another session is named ${name}`, "choose another name");
}

/** Copies a session's active branch into another store, with what was summarized of it. */
export function copySession(from: Store, session: SessionSummary, into: Store): SessionSummary {
  const copy = into.sessions.create({
    ...(session.name === undefined ? {} : { name: session.name }),
    ...(session.system === undefined ? {} : { system: session.system }),
  });
  let parentId: number | null = null;
  const summaries = new Map(
    from.summaries.ofSession(session.id).map(({ messageId, text }) => [messageId, text]),
  );
  for (const { id, createdAt: _, ...message } of from.messages.branch(session.id)) {
    parentId = into.messages.append(copy.id, { ...message, parentId }).message.id;
    const text = summaries.get(id);
    if (text !== undefined) into.summaries.put({ messageId: parentId, text });
  }
  return copy;
}
