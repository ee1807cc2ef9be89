/**
 * The record of tool calls: what was called, with what, and how it went.
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Connection } from "./database.ts";
import type { ToolCallRecord, ToolCalls } from "./port.ts";

interface Row {
  message_id: number | null;
  server: string;
  tool: string;
  arguments: string;
  ok: number;
  ms: number;
}

const INSERT = `INSERT INTO tool_calls (message_id, server, tool, arguments, ok, ms, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?)`;

const OF_SESSION = `SELECT message_id, server, tool, arguments, ok, ms FROM tool_calls
  JOIN messages ON messages.id = message_id WHERE session_id = ? ORDER BY tool_calls.id`;

export function toolCallsOver(connection: Connection, clock: Clock = systemClock): ToolCalls {
  return {
    record: (call) => {
      const values = [call.messageId, call.server, call.tool, call.arguments, call.ok ? 1 : 0, call.ms];
      connection.use((database) => database.query(INSERT).run(...values, clock.wall()));
    },
    ofSession: (sessionId) =>
      connection.use((database) => database.query<Row, [string]>(OF_SESSION).all(sessionId).map(recordFrom)),
  };
}

function recordFrom(row: Row): ToolCallRecord {
  return {
    messageId: row.message_id,
    server: row.server,
    tool: row.tool,
    arguments: row.arguments,
    ok: row.ok === 1,
    ms: row.ms,
  };
}
