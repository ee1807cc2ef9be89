/** Which era of the protocol each MCP server speaks, so that the next run need not ask it. */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Connection } from "./database.ts";
import type { Eras, StoredEra } from "./port.ts";
import { UNUSED_MS } from "./unused.ts";

const PUT = `INSERT INTO server_eras (key, era, until) VALUES (?1, ?2, ?3)
  ON CONFLICT (key) DO UPDATE SET era = ?2, until = ?3`;

const FORGET = "DELETE FROM server_eras WHERE until < ?";

export function erasOver(connection: Connection, clock: Clock = systemClock): Eras {
  return {
    get: (key) =>
      connection.use((database) => {
        const query = database.query<{ era: string; until: number }, [string]>(
          "SELECT era, until FROM server_eras WHERE key = ?",
        );
        const row = query.get(key);
        return row ? eraFrom(row) : undefined;
      }),
    put: (key, known) => {
      connection.use((database) => {
        database.query(FORGET).run(clock.wall() - UNUSED_MS);
        if (known) database.query(PUT).run(key, JSON.stringify(known.era), known.until);
        else database.query("DELETE FROM server_eras WHERE key = ?").run(key);
      });
    },
  };
}

/** Only a short cut: a server whose era cannot be read is asked again. */
function eraFrom({ era, until }: { era: string; until: number }): StoredEra | undefined {
  try {
    // Written by `put` above, from this type.
    return { era: JSON.parse(era) as StoredEra["era"], until };
  } catch {
    return undefined;
  }
}
