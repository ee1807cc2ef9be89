/** What was asked of models, for who adds up what it cost. Numbers only: they outlive the conversation they came from. */
import type { Usage } from "../lib/conversation.ts";
import type { Connection } from "./database.ts";
import { patiently } from "./patience.ts";
import type { Spending, SpendingEntry } from "./port.ts";

interface Row {
  session_id: string | null;
  provider: string;
  model: string;
  usage: string;
  at: number;
}

const INSERT = "INSERT INTO spending (session_id, provider, model, usage, at) VALUES (?, ?, ?, ?, ?)";
const SELECT = "SELECT session_id, provider, model, usage, at FROM spending WHERE";
const OF_SESSION = `${SELECT} session_id = ? AND at >= ? ORDER BY id`;
const OF_ALL = `${SELECT} at >= ? ORDER BY id`;

export function spendingOver(connection: Connection): Spending {
  return {
    record: ({ sessionId = null, provider, model, usage, at }) => {
      const values = [sessionId, provider, model, JSON.stringify(usage), Math.round(at)];
      patiently(() => connection.use((database) => database.query(INSERT).run(...values)));
    },
    entries: ({ sessionId, since = 0 }) =>
      connection.use((database) =>
        (sessionId === undefined
          ? database.query<Row, [number]>(OF_ALL).all(since)
          : database.query<Row, [string, number]>(OF_SESSION).all(sessionId, since)
        ).map(entryFrom),
      ),
  };
}

function entryFrom({ session_id, provider, model, usage, at }: Row): SpendingEntry {
  return {
    ...(session_id !== null && { sessionId: session_id }),
    provider,
    model,
    // Written by record.
    usage: JSON.parse(usage) as Usage,
    at,
  };
}
