/**
 * The database's schema and its history. A migration that was released is never changed: add one.
 */
import type { Database } from "bun:sqlite";
import { notOurs, StoreError } from "./errors.ts";

/**
 * A parent is referred to together with its session, so that a message can never hang on another session's. It does
 * not cascade: removing a session removes all its messages in one statement, and SQLite follows a chain of
 * cascading parents only a thousand deep.
 */
const FIRST = `
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  name TEXT UNIQUE,
  title TEXT NOT NULL DEFAULT '',
  system TEXT,
  tip INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_change ON sessions (updated_at);
CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  parent_id INTEGER,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  blocks TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('complete', 'partial', 'failed')),
  provider TEXT,
  model TEXT,
  usage TEXT,
  cost_usd REAL,
  created_at INTEGER NOT NULL,
  UNIQUE (session_id, id),
  FOREIGN KEY (session_id, parent_id) REFERENCES messages (session_id, id)
) STRICT;
CREATE INDEX messages_by_parent ON messages (session_id, parent_id);
CREATE TABLE tool_calls (
  id INTEGER PRIMARY KEY,
  message_id INTEGER REFERENCES messages (id) ON DELETE CASCADE,
  server TEXT NOT NULL,
  tool TEXT NOT NULL,
  arguments TEXT NOT NULL,
  ok INTEGER NOT NULL,
  ms REAL NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tool_calls_by_message ON tool_calls (message_id);
CREATE TABLE input_history (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE tool_decisions (
  server TEXT NOT NULL,
  server_key TEXT NOT NULL,
  tool TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'deny')),
  decided_at INTEGER NOT NULL,
  PRIMARY KEY (server, server_key, tool)
) STRICT;
CREATE TABLE tool_lists (
  key TEXT PRIMARY KEY,
  tools TEXT NOT NULL,
  problem TEXT,
  waited_ms REAL,
  fetched_at INTEGER NOT NULL
) STRICT;
CREATE TABLE supervision_events (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  path TEXT NOT NULL,
  child TEXT,
  type TEXT NOT NULL,
  detail TEXT
) STRICT;
`;

/**
 * What is known of MCP servers beside their tools: which era of the protocol they speak, and the tools as they were when
 * they were first used.
 */
const SERVERS = `
CREATE TABLE server_eras (
  key TEXT PRIMARY KEY,
  era TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE TABLE tool_fingerprints (
  server TEXT NOT NULL,
  server_key TEXT NOT NULL,
  tool TEXT NOT NULL,
  hash TEXT NOT NULL,
  description TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  PRIMARY KEY (server, server_key, tool)
) STRICT;
`;

/** What a server says about its use belongs to the system prompt of a run that does not wait for the server. */
const INSTRUCTIONS = "ALTER TABLE tool_lists ADD COLUMN instructions TEXT;";

/** A server whose tools are all set aside is not one without tools. */
const SET_ASIDE = "ALTER TABLE tool_lists ADD COLUMN set_aside TEXT;";

/** Refers to sessions without a foreign key: who removes a session does not forget what the day has cost. */
const SPENDING = `
CREATE TABLE spending (
  id INTEGER PRIMARY KEY,
  session_id TEXT,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  usage TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX spending_by_time ON spending (at);
CREATE INDEX spending_by_session ON spending (session_id, at);
`;

/** A message names the branch that ends in it: two branches share the summaries of what they share. */
const SUMMARIES = `
CREATE TABLE summaries (
  message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
`;

export const MIGRATIONS: readonly string[] = [FIRST, SERVERS, INSTRUCTIONS, SET_ASIDE, SPENDING, SUMMARIES];

/**
 * Brings the schema to the last migration: all of it or nothing, by one process at a time, so that two which start at
 * once do not collide. Throws StoreError as `schemaVersion` does.
 */
export function migrate(database: Database, file: string, migrations = MIGRATIONS): void {
  database.run("BEGIN IMMEDIATE");
  try {
    // Read again: another process may have been here while this one waited for the lock.
    const from = schemaVersion(database, file, migrations.length);
    for (const migration of migrations.slice(from)) database.run(migration);
    database.run(`PRAGMA user_version = ${migrations.length}`);
    database.run("COMMIT");
  } catch (error) {
    if (database.inTransaction) database.run("ROLLBACK");
    throw error;
  }
}

/**
 * How many migrations the database has seen. Only reads. Throws StoreError for a database that is newer than `newest`
 * or is another program's.
 */
export function schemaVersion(database: Database, file: string, newest = MIGRATIONS.length): number {
  const version = numberFrom(database, "PRAGMA user_version");
  if (version > newest) {
    const what = `${file}: the database was written by a newer mcpchat`;
    throw new StoreError("newer", what, "update mcpchat, or move the file away to start with a new one");
  }
  if (version > 0 || numberFrom(database, "SELECT count(*) FROM sqlite_schema") === 0) return version;
  // Tables of a version 0 are another program's, unless a process made them since the version was read.
  if (numberFrom(database, "PRAGMA user_version") === 0) throw notOurs(file);
  return schemaVersion(database, file, newest);
}

function numberFrom(database: Database, sql: string): number {
  const value = database.query(sql).values()[0]?.[0];
  return typeof value === "number" ? value : 0;
}
