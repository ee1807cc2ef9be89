/** What stands for the beginning of a conversation that is too long for a model, made once and used from then on. */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Connection } from "./database.ts";
import type { StoredSummary, Summaries } from "./port.ts";

const PUT = `INSERT INTO summaries (message_id, text, created_at) VALUES (?, ?, ?)
  ON CONFLICT (message_id) DO UPDATE SET text = excluded.text, created_at = excluded.created_at`;

const OF_SESSION = `SELECT message_id AS messageId, text FROM summaries
  JOIN messages ON messages.id = message_id WHERE session_id = ? ORDER BY message_id`;

export function summariesOver(connection: Connection, clock: Clock = systemClock): Summaries {
  return {
    put: ({ messageId, text }) => {
      connection.use((database) => database.query(PUT).run(messageId, text, clock.wall()));
    },
    ofSession: (sessionId) =>
      connection.use((database) => database.query<StoredSummary, [string]>(OF_SESSION).all(sessionId)),
  };
}
