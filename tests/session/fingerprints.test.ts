import { Database } from "bun:sqlite";
import { expect, onTestFinished, test } from "bun:test";
import { openDatabase } from "../../src/session/database.ts";
import { MIGRATIONS } from "../../src/session/migrations.ts";
import type { Fingerprint } from "../../src/session/port.ts";
import { openStore } from "../../src/session/store.ts";
import { databaseFile, openedStore } from "./rig.ts";

const SERVER = { server: "files", serverKey: "one" };

const tool = (name: string, hash: string): Fingerprint => ({
  hash,
  description: { name, description: hash, inputSchema: { type: "object" }, annotations: {} },
});

test("the first record of a tool holds, whoever comes later", () => {
  const file = databaseFile();
  const [one, other] = [openedStore(file), openedStore(file)];
  expect(one.kept.fingerprints.add(SERVER, [tool("read", "v1")])).toEqual([tool("read", "v1")]);
  const known = other.kept.fingerprints.add(SERVER, [tool("read", "v2"), tool("write", "v1")]);
  expect(known).toEqual([tool("read", "v1"), tool("write", "v1")]);
  expect(one.kept.fingerprints.of(SERVER)).toEqual(known);
});

test("a record is of one server under one configuration", () => {
  const { fingerprints } = openedStore().kept;
  fingerprints.add(SERVER, [tool("read", "v1")]);
  expect(fingerprints.of({ ...SERVER, server: "other" })).toEqual([]);
  expect(fingerprints.of({ ...SERVER, serverKey: "two" })).toEqual([]);
});

test("an accepted tool takes the place of the one before", () => {
  const { fingerprints } = openedStore().kept;
  fingerprints.add(SERVER, [tool("read", "v1"), tool("write", "v1")]);
  fingerprints.replace(SERVER, [tool("read", "v2")]);
  expect(fingerprints.of(SERVER)).toContainEqual(tool("read", "v2"));
  expect(fingerprints.of(SERVER)).toContainEqual(tool("write", "v1"));
});

test("what is allowed is withdrawn, what is denied stays", () => {
  const { decisions } = openedStore().kept;
  const [read, write, list] = ["read", "write", "list"].map((name) => ({ ...SERVER, name }));
  if (!read || !write || !list) throw new Error("no tools");
  decisions.set(read, "allow");
  decisions.set(write, "deny");
  decisions.set(list, "allow");
  decisions.withdraw([read, write]);
  expect([read, write, list].map((one) => decisions.get(one))).toEqual([undefined, "deny", "allow"]);
});

test("an era is remembered until it is forgotten", () => {
  const { eras } = openedStore().kept;
  const era = { era: { kind: "modern", discover: { a: [1] } }, until: 17 };
  eras.put("key", { era: { kind: "legacy" }, until: 1 });
  eras.put("key", era);
  expect(eras.get("key")).toEqual(era);
  expect(eras.get("other")).toBeUndefined();
  eras.put("key", undefined);
  expect(eras.get("key")).toBeUndefined();
});

test("what cannot be read is asked again, or shown as nothing", () => {
  const file = databaseFile();
  const store = openedStore(file);
  store.kept.eras.put("key", { era: { kind: "legacy" }, until: 1 });
  store.kept.fingerprints.add(SERVER, [tool("read", "v1")]);
  const { database } = openDatabase(file);
  onTestFinished(() => database.close());
  database.run("UPDATE server_eras SET era = '{'");
  database.run("UPDATE tool_fingerprints SET description = '{'");
  expect(store.kept.eras.get("key")).toBeUndefined();
  expect(store.kept.fingerprints.of(SERVER)).toEqual([
    { hash: "v1", description: { name: "read", description: "", inputSchema: {}, annotations: {} } },
  ]);
});

test("a database of the first version opens, with all that it held", () => {
  const file = databaseFile();
  openStore(file).close();
  const old = new Database(file);
  for (const { name } of old.query<{ name: string }, []>(TABLES).all()) old.run(`DROP TABLE "${name}"`);
  old.run(MIGRATIONS[0] ?? "");
  old.run("PRAGMA user_version = 1");
  old.run("INSERT INTO input_history (text, created_at) VALUES ('hello', 1)");
  old.close();
  const store = openedStore(file);
  expect(store.history.recent(9)).toEqual(["hello"]);
  expect(store.kept.fingerprints.add(SERVER, [tool("read", "v1")])).toHaveLength(1);
});

const TABLES =
  "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid DESC";
