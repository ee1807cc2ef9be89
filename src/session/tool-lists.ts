/**
 * The tools that each MCP server had last time, so that a run need not wait for it.
 */
import type { Connection } from "./database.ts";
import type { StoredTool, StoredToolList, ToolLists } from "./port.ts";

interface Row {
  tools: string;
  fetched_at: number;
}

const PUT = `INSERT INTO tool_lists (key, tools, fetched_at) VALUES (?1, ?2, ?3)
  ON CONFLICT (key) DO UPDATE SET tools = ?2, fetched_at = ?3`;

export function toolListsOver(connection: Connection): ToolLists {
  return {
    get: (key) =>
      connection.use((database) => {
        const row = database
          .query<Row, [string]>("SELECT tools, fetched_at FROM tool_lists WHERE key = ?")
          .get(key);
        return row ? listFrom(row) : undefined;
      }),
    put: (key, list) => {
      connection.use((database) => database.query(PUT).run(key, JSON.stringify(list.tools), list.fetchedAt));
    },
  };
}

/** Only a cache: what cannot be read is fetched again. */
function listFrom(row: Row): StoredToolList | undefined {
  try {
    // Written by `put` above, from this type.
    return { tools: JSON.parse(row.tools) as StoredTool[], fetchedAt: row.fetched_at };
  } catch {
    return undefined;
  }
}
