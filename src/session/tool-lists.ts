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
}

const COLUMNS = "tools, problem, waited_ms, fetched_at, instructions";
const PUT = `INSERT INTO tool_lists (key, ${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT (key) DO UPDATE SET tools = ?2, problem = ?3, waited_ms = ?4, fetched_at = ?5, instructions = ?6`;

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
      const { tools, problem = null, waitedMs = null, fetchedAt, instructions = null } = list;
      connection.use((database) => {
        tidy(database);
        database.query(PUT).run(key, JSON.stringify(tools), problem, waitedMs, fetchedAt, instructions);
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
    };
  } catch {
    return undefined;
  }
}
