/**
 * What the user typed, across sessions and processes.
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Connection } from "./database.ts";
import type { InputHistory } from "./port.ts";

const LONGEST_HISTORY = 10_000;

export function historyOver(connection: Connection, clock: Clock = systemClock): InputHistory {
  return {
    add: (text) =>
      connection.transaction((database) => {
        const [last] = database.query("SELECT text FROM input_history ORDER BY id DESC LIMIT 1").values();
        if (last?.[0] === text) return;
        const { lastInsertRowid } = database
          .query("INSERT INTO input_history (text, created_at) VALUES (?, ?)")
          .run(text, clock.wall());
        database
          .query("DELETE FROM input_history WHERE id <= ?")
          .run(Number(lastInsertRowid) - LONGEST_HISTORY);
      }),
    recent: (limit) =>
      connection.use((database) =>
        database
          .query<{ text: string }, [number]>("SELECT text FROM input_history ORDER BY id DESC LIMIT ?")
          .all(limit)
          .map((row) => row.text)
          .reverse(),
      ),
  };
}
