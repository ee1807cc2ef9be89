/**
 * Small text files that belong to the user: read without surprises, written whole or not at all, for their
 * owner's eyes only.
 */
import fs from "node:fs";
import path from "node:path";

export type FileProblem =
  | "missing"
  | "directory"
  | "not_regular"
  | "too_large"
  | "not_text"
  | "permission"
  | "full"
  | "failed";

/** Why a file could not be read or written; `message` is a line that names the file. */
export class FileError extends Error {
  override readonly name = "FileError";
  constructor(
    readonly path: string,
    readonly problem: FileProblem,
    /** The message without the path. */
    readonly what: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${what}`, options);
  }
}

/** Sorts an error of the file system by its code. */
export function fileErrorFrom(file: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  const [problem, what] = sortCode(error);
  return new FileError(file, problem, what, { cause: error });
}

function sortCode(error: unknown): [FileProblem, string] {
  const code = codeOf(error);
  if (code === "ENOENT") return ["missing", "there is no such file"];
  if (code === "ENOTDIR") return ["missing", "a part of its path is not a folder"];
  if (code === "ENAMETOOLONG") return ["failed", "no file has so long a name"];
  if (code === "ELOOP") return ["failed", "its links lead in a circle"];
  if (code === "ENXIO") return ["not_regular", "is a socket or a device, not a file"];
  if (code === "EISDIR") return ["directory", "is a folder, not a file"];
  if (code === "EACCES" || code === "EPERM") return ["permission", "permission denied"];
  if (code === "EROFS") return ["permission", "the file system is read-only"];
  if (code === "ENOSPC" || code === "EDQUOT") return ["full", "the disk is full"];
  return ["failed", code ?? String(error)];
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/**
 * The text of a regular UTF-8 file of at most `maxBytes`, without its byte order mark. Throws FileError. Opens
 * without blocking, so that a named pipe is refused instead of waited for.
 */
export function readTextFile(file: string, maxBytes: number): string {
  return decode(file, readRegularFile(file, maxBytes));
}

/** The bytes of a regular file of at most `maxBytes`. Throws FileError; never waits for a named pipe or a device. */
export function readRegularFile(file: string, maxBytes: number): Uint8Array {
  let descriptor: number | undefined;
  try {
    // Windows has no O_NONBLOCK.
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    const status = fs.fstatSync(descriptor);
    if (status.isDirectory()) throw new FileError(file, "directory", "is a folder, not a file");
    if (!status.isFile()) throw notRegular(file, status);
    if (status.size > maxBytes) throw tooLarge(file, maxBytes);
    return readBounded(file, descriptor, status.size, maxBytes);
  } catch (error) {
    throw fileErrorFrom(file, error);
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

const READ_STEP_BYTES = 64 * 1024;

/** The size is not believed: files of /proc have none, and a log grows while it is read. */
function readBounded(file: string, descriptor: number, size: number, maxBytes: number): Uint8Array {
  let bytes = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (;;) {
    if (length === bytes.length) bytes = Buffer.concat([bytes], length + Math.max(length, READ_STEP_BYTES));
    const read = fs.readSync(descriptor, bytes, length, bytes.length - length, null);
    if (read === 0) return bytes.subarray(0, length);
    length += read;
    if (length > maxBytes) throw tooLarge(file, maxBytes);
  }
}

function notRegular(file: string, status: fs.Stats): FileError {
  const isDevice = status.isCharacterDevice() || status.isBlockDevice();
  return new FileError(file, "not_regular", isDevice ? "is a device, not a file" : "is not a regular file");
}

function tooLarge(file: string, maxBytes: number): FileError {
  return new FileError(file, "too_large", `is larger than ${maxBytes} bytes`);
}

/** As `readTextFile`, but undefined when there is no such file. */
export function readTextFileIfAny(file: string, maxBytes: number): string | undefined {
  try {
    return readTextFile(file, maxBytes);
  } catch (error) {
    if (error instanceof FileError && error.problem === "missing") return undefined;
    throw error;
  }
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new FileError(file, "not_text", "is not UTF-8 text", { cause: error });
  }
}

/** Makes the folder, and what is missing above it, for its owner alone. One that exists is left as it is. */
export function ensurePrivateFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileErrorFrom(folder, error);
  }
}

/**
 * Replaces a file (0600, in a 0700 folder) in one step: whoever reads it sees the old text or the new one, also
 * after a crash. A symbolic link stays a link. Throws FileError, and then the old file is untouched.
 */
export function writePrivateFile(file: string, text: string): void {
  const target = followLink(file);
  ensurePrivateFolder(path.dirname(target));
  const temporary = `${target}.${process.pid}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    const descriptor = fs.openSync(temporary, "wx", 0o600);
    try {
      fs.writeFileSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw fileErrorFrom(file, error);
  }
}

function followLink(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}
