/**
 * One connection to the SQLite database: opened with care for what may be in its place, used in short transactions,
 * its errors turned into lines for users.
 */
import { Database } from "bun:sqlite";
import fs from "node:fs";
import path from "node:path";
import { ensurePrivateFolder, FileError, fileErrorFrom } from "../lib/file.ts";
import { StoreError, sqliteCode, storeErrorFrom } from "./errors.ts";
import { MIGRATIONS, migrate, schemaVersion } from "./migrations.ts";

/** A database that lives as long as its connection. */
export const IN_MEMORY = ":memory:";

/** How long opening waits for another process that writes: it may be migrating, and without a store there is no chat. */
const OPEN_TIMEOUT_MS = 5000;
/**
 * How long a statement waits afterwards. Nothing else runs meanwhile, Ctrl-C neither, so it is what a person hardly
 * notices; our own writes take a few milliseconds. What must succeed tries again: see patience.ts and answer.ts.
 */
const BUSY_TIMEOUT_MS = 250;
const BUSY_RETRY_MS = 5;

export class Connection {
  #closed = false;

  constructor(
    readonly file: string,
    readonly database: Database,
  ) {}

  /** Runs statements of which each is its own transaction. Throws StoreError. */
  use<T>(work: (database: Database) => T): T {
    if (this.#closed) throw new StoreError("closed", `${this.file}: the database was closed`);
    try {
      return work(this.database);
    } catch (error) {
      throw storeErrorFrom(this.file, error);
    }
  }

  /**
   * Runs statements as one transaction that takes the write lock first: one that began by reading could not wait
   * for another process's write. Throws StoreError.
   */
  transaction<T>(work: (database: Database) => T): T {
    return this.use((database) => {
      database.run("BEGIN IMMEDIATE");
      try {
        const result = work(database);
        database.run("COMMIT");
        return result;
      } catch (error) {
        if (database.inTransaction) database.run("ROLLBACK");
        throw error;
      }
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.database.close();
  }
}

/** Opens or creates the database (0600, in a 0700 folder) with its present schema. Throws StoreError. */
export function openDatabase(file: string): Connection {
  try {
    if (file !== IN_MEMORY) prepareFile(file);
    return new Connection(file, openAndMigrate(file));
  } catch (error) {
    throw storeErrorFrom(file, error);
  }
}

function openAndMigrate(file: string): Database {
  const database = new Database(file, { create: true, strict: true });
  try {
    database.run(`PRAGMA busy_timeout = ${OPEN_TIMEOUT_MS}`);
    database.run("PRAGMA foreign_keys = ON");
    // First, as it only reads: a newer database or another program's is not to be touched.
    const version = schemaVersion(database, file);
    // Before the switch to the log, which would otherwise wait for the disk once more.
    database.run("PRAGMA synchronous = NORMAL");
    useLog(database);
    if (version < MIGRATIONS.length) migrate(database, file);
    database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Switches to the write-ahead log. SQLite does not wait for other processes here, whatever the busy timeout says:
 * two that create the database at once would meet.
 */
function useLog(database: Database): void {
  const deadline = performance.now() + OPEN_TIMEOUT_MS;
  for (;;) {
    try {
      database.run("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const busy = sqliteCode(error)?.startsWith("SQLITE_BUSY") === true;
      if (!busy || performance.now() > deadline) throw error;
      Bun.sleepSync(BUSY_RETRY_MS);
    }
  }
}

/**
 * Creates the file with its owner's rights (the log beside it takes them over), and tells what SQLite would only call
 * "unable to open". Never opens an existing one: closing it again would drop the locks that SQLite holds in this process.
 */
function prepareFile(file: string): void {
  try {
    if (!fs.statSync(file).isFile()) throw new FileError(file, "not_regular", "is not a regular file");
    fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK);
  } catch (error) {
    const problem = fileErrorFrom(file, error);
    if (problem.problem !== "missing") throw problem;
    createFile(file);
  }
}

function createFile(file: string): void {
  ensurePrivateFolder(path.dirname(file));
  try {
    fs.closeSync(fs.openSync(file, "a", 0o600));
  } catch (error) {
    throw fileErrorFrom(file, error);
  }
}
