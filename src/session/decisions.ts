/** What the user answered for good when asked whether a tool may be called. */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Connection } from "./database.ts";
import type { Decisions, Verdict } from "./port.ts";

const PUT = `INSERT INTO tool_decisions (server, tool, verdict, decided_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (server, tool) DO UPDATE SET verdict = ?3, decided_at = ?4`;

export function decisionsOver(connection: Connection, clock: Clock = systemClock): Decisions {
  return {
    get: ({ server, name }) =>
      connection.use((database) => {
        const query = database.query<{ verdict: Verdict }, [string, string]>(
          "SELECT verdict FROM tool_decisions WHERE server = ? AND tool = ?",
        );
        return query.get(server, name)?.verdict;
      }),
    set: ({ server, name }, verdict) => {
      connection.use((database) => database.query(PUT).run(server, name, verdict, clock.wall()));
    },
  };
}
