/**
 * The tools that each MCP server had last time, so that a run need not wait for it.
 */
import type { Database } from "bun:sqlite";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Connection } from "./database.ts";
import type { StoredTool, StoredToolList, ToolLists } from "./port.ts";
import { UNUSED_MS } from "./unused.ts";

interface Row {
  tools: string;
  problem: string | null;
  waited_ms: number | null;
  fetched_at: number;
  instructions: string | null;
  set_aside: string | null;
}

const COLUMNS = "tools, problem, waited_ms, fetched_at, instructions, set_aside";
const PUT = `INSERT OR REPLACE INTO tool_lists (key, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`;

const FORGET = "DELETE FROM tool_lists WHERE fetched_at < ?";

export function toolListsOver(connection: Connection, clock: Clock = systemClock): ToolLists {
  let isTidy = false;
  const tidy = (database: Database) => {
    if (!isTidy) database.query(FORGET).run(clock.wall() - UNUSED_MS);
    isTidy = true;
  };
  return {
    get: (key) =>
      connection.use((database) => {
        const row = database.query<Row, [string]>(`SELECT ${COLUMNS} FROM tool_lists WHERE key = ?`).get(key);
        return row ? listFrom(row) : undefined;
      }),
    put: (key, list) => {
      const { tools, problem = null, waitedMs = null, fetchedAt, instructions = null, setAside } = list;
      const aside = setAside ? JSON.stringify(setAside) : null;
      connection.use((database) => {
        tidy(database);
        database
          .query(PUT)
          .run(key, JSON.stringify(tools), problem, waitedMs, fetchedAt, instructions, aside);
      });
    },
  };
}

/** Only a cache: what cannot be read is fetched again. */
function listFrom(row: Row): StoredToolList | undefined {
  try {
    // Written by `put` above, from this type.
    const tools = JSON.parse(row.tools) as StoredTool[];
    return {
      tools,
      fetchedAt: row.fetched_at,
      ...(row.problem !== null && { problem: row.problem }),
      ...(row.waited_ms !== null && { waitedMs: row.waited_ms }),
      ...(row.instructions !== null && { instructions: row.instructions }),
      // Likewise.
      ...(row.set_aside !== null && { setAside: JSON.parse(row.set_aside) as string[] }),
    };
  } catch {
    return undefined;
  }
}
