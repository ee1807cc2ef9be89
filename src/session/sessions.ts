/**
 * The sessions' table.
 */
import type { Database } from "bun:sqlite";
import { type Clock, systemClock } from "../lib/clock.ts";
import { UsageError } from "../lib/errors.ts";
import type { Connection } from "./database.ts";
import { StoreError } from "./errors.ts";
import { isIdBeginning, newSessionId } from "./identifier.ts";
import type { SessionReference, SessionSummary, Sessions } from "./port.ts";
import { checkedName } from "./title.ts";

interface Row {
  id: string;
  name: string | null;
  title: string;
  system: string | null;
  created_at: number;
  updated_at: number;
  messages: number;
}

const SELECT = `SELECT id, name, title, system, created_at, updated_at,
  (SELECT count(*) FROM messages WHERE session_id = sessions.id) AS messages FROM sessions`;
/** A session without a message was begun by a process that ended before it could say anything. */
const LATEST = "WHERE tip IS NOT NULL ORDER BY updated_at DESC, id DESC";

export function sessionsOver(connection: Connection, clock: Clock = systemClock): Sessions {
  return {
    create: (session) => connection.transaction((database) => create(database, session, clock.wall())),
    find: (reference) => connection.use((database) => find(database, reference)),
    list: (limit = -1) =>
      connection.use((database) => select(database, `${SELECT} ${LATEST} LIMIT ?`, limit)),
    change: (id, change) => connection.transaction((database) => applyChange(database, id, change)),
    remove: (id) =>
      connection.use((database) => database.query("DELETE FROM sessions WHERE id = ?").run(id).changes > 0),
  };
}

function create(
  database: Database,
  session: { name?: string; system?: string },
  now: number,
): SessionSummary {
  const name = session.name === undefined ? null : checkedName(session.name);
  if (name !== null) {
    const [taken] = select(database, `${SELECT} WHERE name = ?`, name);
    if (taken) return taken;
  }
  const id = newSessionId(now);
  database
    .query("INSERT INTO sessions (id, name, system, created_at, updated_at) VALUES (?, ?, ?, ?, ?)")
    .run(id, name, session.system ?? null, now, now);
  return {
    id,
    title: "",
    createdAt: now,
    updatedAt: now,
    messages: 0,
    ...(name === null ? {} : { name }),
    ...(session.system === undefined ? {} : { system: session.system }),
  };
}

function find(database: Database, reference: SessionReference): SessionSummary | undefined {
  if ("latest" in reference) return select(database, `${SELECT} ${LATEST} LIMIT 1`)[0];
  if ("name" in reference) return select(database, `${SELECT} WHERE name = ?`, reference.name.trim())[0];
  const beginning = reference.id.trim().toLowerCase();
  if (!isIdBeginning(beginning)) return undefined;
  // "{" sorts after every character of an identifier.
  const found = select(
    database,
    `${SELECT} WHERE id >= ? AND id < ? ORDER BY id LIMIT 3`,
    beginning,
    `${beginning}{`,
  );
  if (found.length <= 1) return found[0];
  const examples = found.map((session) => session.id).join(", ");
  throw new UsageError(`several sessions begin with ${beginning}`, `say more of it: ${examples}`);
}

function applyChange(database: Database, id: string, change: { name?: string; system?: string }): void {
  const name = change.name === undefined ? null : checkedName(change.name);
  if (name !== null) {
    const taken = database.query("SELECT id FROM sessions WHERE name = ? AND id <> ?").values(name, id);
    if (taken.length > 0) throw new UsageError(`another session is named ${name}`, "choose another name");
  }
  const changed = database
    .query("UPDATE sessions SET name = coalesce(?, name), system = coalesce(?, system) WHERE id = ?")
    .run(name, change.system ?? null, id);
  if (changed.changes === 0) throw removedSession(id);
}

/** It was there, and another process removed it. */
export function removedSession(id: string): StoreError {
  return new StoreError("removed", `the session ${id} was removed`, "start another with /new");
}

function select(database: Database, sql: string, ...values: (string | number)[]): SessionSummary[] {
  return database
    .query<Row, (string | number)[]>(sql)
    .all(...values)
    .map(summaryFrom);
}

function summaryFrom(row: Row): SessionSummary {
  return {
    id: row.id,
    title: row.title,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    messages: row.messages,
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.system === null ? {} : { system: row.system }),
  };
}
