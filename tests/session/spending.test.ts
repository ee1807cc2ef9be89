import { Database } from "bun:sqlite";
import { expect, onTestFinished, test } from "bun:test";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { MIGRATIONS } from "../../src/session/migrations.ts";
import type { SpendingEntry } from "../../src/session/port.ts";
import { openStore } from "../../src/session/store.ts";
import { databaseFile, openedStore, say } from "./rig.ts";

const USAGE = { input: 10, output: 20, cacheRead: 30, cacheWrite: 40 };

const entry = (at: number, more: Partial<SpendingEntry> = {}): SpendingEntry => ({
  provider: "openai",
  model: "gpt-5",
  usage: USAGE,
  at,
  ...more,
});

test("what was spent is given back as it was, of one session and of all", () => {
  const { spending } = openedStore();
  const said = entry(2, { sessionId: "two", usage: { ...USAGE, costUsd: 0.01 } });
  const entries = [entry(1, { sessionId: "one" }), said, entry(3)];
  for (const one of entries) spending.record(one);
  expect(spending.entries({})).toEqual(entries);
  expect(spending.entries({ sessionId: "two" })).toEqual([said]);
  expect(spending.entries({ since: 2 })).toEqual(entries.slice(1));
  expect(spending.entries({ sessionId: "one", since: 2 })).toEqual([]);
});

test("removing a session does not forget what it cost", () => {
  const { sessions, messages, spending } = openedStore();
  const { id } = sessions.create({});
  messages.append(id, { ...say("hello"), parentId: null, status: "complete" });
  spending.record(entry(1, { sessionId: id }));
  expect(sessions.remove(id)).toBe(true);
  expect(spending.entries({ sessionId: id })).toEqual([entry(1, { sessionId: id })]);
});

test("two that write see what the other wrote", () => {
  const file = databaseFile();
  const [one, other] = [openedStore(file), openedStore(file)];
  one.spending.record(entry(1));
  other.spending.record(entry(2));
  one.spending.record(entry(3));
  expect(other.spending.entries({}).map(({ at }) => at)).toEqual([1, 2, 3]);
});

test("a database of before learns to keep what was spent, and keeps what it has", () => {
  const file = databaseFile();
  mkdirSync(path.dirname(file), { recursive: true });
  const old = new Database(file);
  for (const migration of MIGRATIONS.slice(0, 4)) old.run(migration);
  old.run("PRAGMA user_version = 4");
  old.run("INSERT INTO sessions (id, created_at, updated_at) VALUES ('old', 1, 1)");
  old.close();
  const store = openStore(file);
  onTestFinished(() => store.close());
  store.spending.record(entry(1, { sessionId: "old" }));
  expect(store.spending.entries({ sessionId: "old" })).toHaveLength(1);
  expect(store.sessions.find({ id: "old" })).toBeDefined();
});
