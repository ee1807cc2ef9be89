/** What the user answered for good when asked whether a tool may be called. */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Connection } from "./database.ts";
import type { Decisions, Verdict } from "./port.ts";

const PUT = `INSERT INTO tool_decisions (server, server_key, tool, verdict, decided_at)
  VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT (server, server_key, tool) DO UPDATE SET verdict = ?4, decided_at = ?5`;

const WITHDRAW =
  "DELETE FROM tool_decisions WHERE server = ? AND server_key = ? AND tool = ? AND verdict = 'allow'";

export function decisionsOver(connection: Connection, clock: Clock = systemClock): Decisions {
  return {
    get: ({ server, serverKey, name }) =>
      connection.use((database) => {
        const query = database.query<{ verdict: Verdict }, [string, string, string]>(
          "SELECT verdict FROM tool_decisions WHERE server = ? AND server_key = ? AND tool = ?",
        );
        return query.get(server, serverKey, name)?.verdict;
      }),
    set: ({ server, serverKey, name }, verdict) => {
      connection.use((database) => database.query(PUT).run(server, serverKey, name, verdict, clock.wall()));
    },
    withdraw: (tools) => {
      connection.transaction((database) => {
        for (const { server, serverKey, name } of tools)
          database.query(WITHDRAW).run(server, serverKey, name);
      });
    },
  };
}
