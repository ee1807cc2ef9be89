/**
 * What can go wrong with the database, as the one line that a user reads. Sorted by SQLite's code.
 */
import { ExitCode, UserError } from "../lib/errors.ts";
import { FileError } from "../lib/file.ts";

export type StoreProblem =
  | "newer"
  | "not_ours"
  | "damaged"
  | "permission"
  | "full"
  | "busy"
  | "removed"
  | "closed"
  | "failed";

/** Exit code 3, as what is wrong is the user's own files. `code` is `store_damaged`, `store_newer`, ... */
export class StoreError extends UserError {
  override readonly name = "StoreError";
  constructor(
    readonly problem: StoreProblem,
    message: string,
    advice?: string,
    options?: ErrorOptions,
  ) {
    super(message, `store_${problem}`, ExitCode.configuration, advice, options);
  }
}

const MOVE_AWAY = "move it away to start with a new one";

/** The StoreError for anything thrown while the database was used; errors for users pass as they are. */
export function storeErrorFrom(file: string, error: unknown): unknown {
  if (error instanceof UserError) return error;
  if (error instanceof FileError) return fromFileError(error);
  const code = sqliteCode(error);
  return error instanceof Error && code ? fromSqlite(file, error, code) : error;
}

/** SQLite's extended result code, such as SQLITE_IOERR_WRITE; undefined for any other error. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error && typeof error.code === "string")) return undefined;
  return error.code.startsWith("SQLITE_") ? error.code : undefined;
}

function fromFileError(error: FileError): StoreError {
  const problem =
    error.problem === "permission" || error.problem === "full" ? error.problem : ("failed" as const);
  return new StoreError(problem, error.message, undefined, { cause: error });
}

function fromSqlite(file: string, error: Error, extended: string): StoreError {
  const cause = { cause: error };
  // Extended codes begin with the plain one.
  const is = (code: string) => extended.startsWith(code);
  if (is("SQLITE_NOTADB")) return notOurs(file, cause);
  if (is("SQLITE_CORRUPT")) {
    return new StoreError("damaged", `${file}: the database is damaged`, MOVE_AWAY, cause);
  }
  if (is("SQLITE_FULL")) {
    return new StoreError("full", `${file}: the disk is full`, "make room and try again", cause);
  }
  if (is("SQLITE_BUSY") || is("SQLITE_LOCKED")) {
    return new StoreError("busy", `${file}: another program keeps the database locked`, undefined, cause);
  }
  if (is("SQLITE_READONLY") || is("SQLITE_CANTOPEN") || is("SQLITE_PERM") || is("SQLITE_AUTH")) {
    const advice = "make the file and its folder writable";
    return new StoreError("permission", `${file}: the database cannot be opened to write`, advice, cause);
  }
  return new StoreError("failed", `${file}: ${error.message}`, undefined, cause);
}

/** Some other file where the database should be. */
export function notOurs(file: string, options?: ErrorOptions): StoreError {
  return new StoreError("not_ours", `${file}: is not a database of mcpchat`, MOVE_AWAY, options);
}
