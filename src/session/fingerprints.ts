/**
 * The tools of MCP servers as they were when they were first used. Two processes that see a server for the first time
 * at once agree on what it had: the first record of a tool holds.
 */
import type { Database } from "bun:sqlite";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Connection } from "./database.ts";
import { patiently } from "./patience.ts";
import type { Fingerprint, Fingerprints, ServerOfTools, StoredTool } from "./port.ts";

const OF = "SELECT tool, hash, description FROM tool_fingerprints WHERE server = ? AND server_key = ?";

const ADD = `INSERT INTO tool_fingerprints (server, server_key, tool, hash, description, first_seen)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (server, server_key, tool) DO NOTHING`;

const REPLACE = `INSERT INTO tool_fingerprints (server, server_key, tool, hash, description, first_seen)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT (server, server_key, tool) DO UPDATE SET hash = ?4, description = ?5, first_seen = ?6`;

export function fingerprintsOver(connection: Connection, clock: Clock = systemClock): Fingerprints {
  const write = (sql: string, database: Database, server: ServerOfTools, tools: readonly Fingerprint[]) => {
    const query = database.query(sql);
    for (const { hash, description } of tools) {
      const json = JSON.stringify(description);
      query.run(server.server, server.serverKey, description.name, hash, json, clock.wall());
    }
  };
  return {
    of: (server) => connection.use((database) => read(database, server)),
    add: (server, tools) =>
      connection.transaction((database) => {
        write(ADD, database, server, tools);
        return read(database, server);
      }),
    // The user has decided: nobody makes up for it later.
    replace: (server, tools) =>
      patiently(() => connection.transaction((database) => write(REPLACE, database, server, tools))),
  };
}

interface Row {
  tool: string;
  hash: string;
  description: string;
}

function read(database: Database, { server, serverKey }: ServerOfTools): Fingerprint[] {
  const rows = database.query<Row, [string, string]>(OF).all(server, serverKey);
  return rows.map(({ tool, hash, description }) => ({ hash, description: toolFrom(tool, description) }));
}

/** What cannot be read is shown as nothing; the hash still tells whether the tool is the same. */
function toolFrom(name: string, json: string): StoredTool {
  try {
    return JSON.parse(json) as StoredTool; // Written above, from this type.
  } catch {
    return { name, description: "", inputSchema: {}, annotations: {} };
  }
}
