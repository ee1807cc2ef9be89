import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { openDatabase } from "../../src/session/database.ts";
import { StoreError, storeErrorFrom } from "../../src/session/errors.ts";
import { MIGRATIONS, migrate, schemaVersion } from "../../src/session/migrations.ts";
import type { StoredMessage } from "../../src/session/port.ts";
import { openStore } from "../../src/session/store.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { databaseFile, openedStore, say } from "./rig.ts";

setDefaultTimeout(60_000);

function failure(work: () => unknown): StoreError {
  try {
    work();
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

/** A database with some pages of messages, closed. */
function filledDatabase(): string {
  const file = databaseFile();
  const store = openStore(file);
  const { id } = store.sessions.create({ name: "filled" });
  let parentId: StoredMessage["parentId"] = null;
  for (let index = 0; index < 200; index++) {
    const said = say(`message ${index} ${"x".repeat(500)}`);
    const { message } = store.messages.append(id, { ...said, parentId, status: "complete" });
    parentId = message.id;
  }
  store.close();
  return file;
}

test.skipIf(process.platform === "win32")("files are their owner's alone", () => {
  const file = databaseFile();
  const store = openedStore(file);
  store.sessions.create({});
  const names = fs.readdirSync(path.dirname(file));
  expect(names.sort()).toEqual(["mcpchat.db", "mcpchat.db-shm", "mcpchat.db-wal"]);
  for (const name of names) expect(fs.statSync(path.join(path.dirname(file), name)).mode & 0o777).toBe(0o600);
  expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
});

test("a closed store leaves one file, and says that it is closed", () => {
  const file = databaseFile();
  const store = openStore(file);
  store.sessions.create({});
  store.sessions.list();
  store.close();
  store.close();
  expect(fs.readdirSync(path.dirname(file))).toEqual(["mcpchat.db"]);
  expect(failure(() => store.sessions.list()).problem).toBe("closed");
});

test("the connection is set as it has to be", () => {
  const { database } = openDatabase(databaseFile());
  const pragma = (name: string) => database.query(`PRAGMA ${name}`).values()[0]?.[0];
  expect(pragma("journal_mode")).toBe("wal");
  expect(pragma("synchronous")).toBe(1);
  expect(pragma("foreign_keys")).toBe(1);
  expect(pragma("busy_timeout") ?? pragma("timeout")).toBe(250);
  expect(pragma("user_version")).toBe(MIGRATIONS.length);
  database.close();
});

test("migrating again changes nothing; a migration that fails leaves nothing behind", () => {
  const database = new Database(databaseInFolder());
  const schema = () => JSON.stringify(database.query("SELECT sql FROM sqlite_schema ORDER BY name").values());
  migrate(database, "file");
  const once = schema();
  migrate(database, "file");
  expect(schema()).toBe(once);
  const broken = [...MIGRATIONS, "CREATE TABLE extra (a); SELECT nothing FROM nowhere;"];
  expect(() => migrate(database, "file", broken)).toThrow();
  expect(schema()).toBe(once);
  expect(schemaVersion(database, "file")).toBe(MIGRATIONS.length);
  migrate(database, "file", [...MIGRATIONS, "CREATE TABLE extra (a);", "CREATE TABLE more (a);"]);
  expect(schemaVersion(database, "file", MIGRATIONS.length + 2)).toBe(MIGRATIONS.length + 2);
  database.close();
});

function databaseInFolder(): string {
  return path.join(temporaryFolder(), "x.db");
}

test("a newer database is refused and not written", () => {
  const file = filledDatabase();
  const database = new Database(file);
  database.run("PRAGMA user_version = 999");
  database.close();
  const before = fs.readFileSync(file);
  const error = failure(() => openStore(file));
  expect(error).toMatchObject({ problem: "newer", code: "store_newer", exitCode: 3 });
  expect(error.message).toBe(`${file}: the database was written by a newer mcpchat`);
  expect(fs.readFileSync(file).equals(before)).toBe(true);
});

test("another program's database is refused and not written", () => {
  const file = databaseInFolder();
  const database = new Database(file);
  database.run("CREATE TABLE recipes (a); INSERT INTO recipes VALUES (1)");
  database.close();
  const before = fs.readFileSync(file);
  expect(failure(() => openStore(file)).problem).toBe("not_ours");
  expect(fs.readFileSync(file).equals(before)).toBe(true);
});

test.each<[string, (bytes: Buffer) => Uint8Array, string]>([
  ["text", () => Buffer.from("This is not a database.\n".repeat(300)), "not_ours"],
  ["a few bytes", () => Buffer.from("hello"), "not_ours"],
  ["zeros", (bytes) => new Uint8Array(bytes.length), "not_ours"],
  ["a truncated one", (bytes) => bytes.subarray(0, bytes.length / 2), "damaged"],
  ["one with only its first page", (bytes) => bytes.subarray(0, 4096), "damaged"],
  ["one whose first page is zeros", (bytes) => Buffer.from(bytes).fill(0, 0, 4096), "not_ours"],
])("%s in its place is refused and not written", (_, damage, problem) => {
  const file = filledDatabase();
  fs.writeFileSync(file, damage(fs.readFileSync(file)));
  const before = fs.readFileSync(file);
  const error = failure(() => openStore(file));
  expect(error.problem).toBe(problem as StoreError["problem"]);
  expect(error.exitCode).toBe(3);
  expect(error.message).not.toContain("\n");
  expect(fs.readFileSync(file).equals(before)).toBe(true);
});

test("zeros in pages behind the first are told as damage when they are met", () => {
  const file = filledDatabase();
  const bytes = fs.readFileSync(file);
  fs.writeFileSync(file, bytes.fill(0, 4096));
  const error = failure(() => openStore(file).sessions.list());
  expect(error).toMatchObject({ problem: "damaged", exitCode: 3 });
});

test("an empty file is a database that was only begun", () => {
  const file = databaseInFolder();
  fs.writeFileSync(file, "");
  expect(openedStore(file).sessions.list()).toEqual([]);
});

test("a folder in its place, and a folder that cannot be made, get a line each", () => {
  const folder = temporaryFolder();
  expect(failure(() => openStore(folder)).message).toBe(`${folder}: is not a regular file`);
  fs.writeFileSync(path.join(folder, "file"), "");
  const below = path.join(folder, "file", "data", "mcpchat.db");
  expect(failure(() => openStore(below)).exitCode).toBe(3);
});

/** Permissions do not bind the superuser. */
test.skipIf(process.platform === "win32" || process.getuid?.() === 0)("a folder without permission", () => {
  const file = filledDatabase();
  fs.chmodSync(path.dirname(file), 0o500);
  expect(failure(() => openStore(file).sessions.create({})).problem).toBe("permission");
  fs.chmodSync(path.dirname(file), 0o700);
  fs.chmodSync(file, 0o000);
  expect(failure(() => openStore(file)).problem).toBe("permission");
});

test("a full disk is told as such, and what was there is still there", () => {
  const file = filledDatabase();
  const connection = openDatabase(file);
  connection.database.run("PRAGMA max_page_count = 1");
  const fill = () =>
    connection.use((database) =>
      database.query("INSERT INTO input_history (text, created_at) VALUES (?, 0)").run("x".repeat(100_000)),
    );
  expect(failure(fill)).toMatchObject({ problem: "full", exitCode: 3 });
  connection.close();
  expect(openedStore(file).sessions.find({ name: "filled" })?.messages).toBe(200);
});

test.each([
  ["SQLITE_BUSY_RECOVERY", "busy"],
  ["SQLITE_READONLY_DIRECTORY", "permission"],
  ["SQLITE_CANTOPEN", "permission"],
  ["SQLITE_CORRUPT_INDEX", "damaged"],
  ["SQLITE_IOERR_WRITE", "failed"],
])("%s is read as %s", (code, problem) => {
  const error = Object.assign(new Error("said SQLite"), { code });
  expect(storeErrorFrom("file.db", error)).toMatchObject({ problem });
});
