/**
 * The store: all tables over one connection.
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import { openDatabase } from "./database.ts";
import { decisionsOver } from "./decisions.ts";
import { erasOver } from "./eras.ts";
import { fingerprintsOver } from "./fingerprints.ts";
import { historyOver } from "./history.ts";
import { messagesOver } from "./messages.ts";
import type { Store } from "./port.ts";
import { sessionsOver } from "./sessions.ts";
import { spendingOver } from "./spending.ts";
import { summariesOver } from "./summaries.ts";
import { supervisionEventsOver } from "./supervision-events.ts";
import { toolCallsOver } from "./tool-calls.ts";
import { toolListsOver } from "./tool-lists.ts";

export interface OpenStore extends Store {
  /** Idempotent; what is used after it throws StoreError. */
  close(): void;
}

/** Opens the database, or creates it; `IN_MEMORY` gives one that is gone when it is closed. Throws StoreError. */
export function openStore(file: string, clock: Clock = systemClock): OpenStore {
  const connection = openDatabase(file);
  return {
    sessions: sessionsOver(connection, clock),
    messages: messagesOver(connection, clock),
    toolCalls: toolCallsOver(connection, clock),
    summaries: summariesOver(connection, clock),
    kept: {
      toolLists: toolListsOver(connection, clock),
      decisions: decisionsOver(connection, clock),
      events: supervisionEventsOver(connection, clock),
      eras: erasOver(connection, clock),
      fingerprints: fingerprintsOver(connection, clock),
    },
    history: historyOver(connection, clock),
    spending: spendingOver(connection),
    close: () => connection.close(),
  };
}
