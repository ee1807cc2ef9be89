/**
 * The tools that each MCP server had last time, so that a run need not wait for it.
 */
import type { Connection } from "./database.ts";
import type { StoredTool, StoredToolList, ToolLists } from "./port.ts";

interface Row {
  tools: string;
  problem: string | null;
  fetched_at: number;
}

const PUT = `INSERT INTO tool_lists (key, tools, problem, fetched_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (key) DO UPDATE SET tools = ?2, problem = ?3, fetched_at = ?4`;

export function toolListsOver(connection: Connection): ToolLists {
  return {
    get: (key) =>
      connection.use((database) => {
        const row = database
          .query<Row, [string]>("SELECT tools, problem, fetched_at FROM tool_lists WHERE key = ?")
          .get(key);
        return row ? listFrom(row) : undefined;
      }),
    put: (key, list) => {
      const { tools, problem = null, fetchedAt } = list;
      connection.use((database) => database.query(PUT).run(key, JSON.stringify(tools), problem, fetchedAt));
    },
  };
}

/** Only a cache: what cannot be read is fetched again. */
function listFrom(row: Row): StoredToolList | undefined {
  try {
    // Written by `put` above, from this type.
    const tools = JSON.parse(row.tools) as StoredTool[];
    const list = { tools, fetchedAt: row.fetched_at };
    return row.problem === null ? list : { ...list, problem: row.problem };
  } catch {
    return undefined;
  }
}
