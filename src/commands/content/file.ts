/** Files that contents are saved to: looked at before a server is asked, as what it answers may come but once. */
import { accessSync, constants, type Stats, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { UsageError } from "../../lib/errors.ts";
import { FileError, fileErrorFrom } from "../../lib/file.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { openNotices } from "../../terminal/notices.ts";

export interface Saving {
  /** Part of a content, and what it is: `image/png`, as the server calls it. */
  bytes: string | Uint8Array;
  type: string;
}

/** A file that can be written, as far as can be known. */
export interface Destination {
  /** As it was given. */
  file: string;
  path: string;
  quiet: boolean;
}

/** Throws UsageError for a file that cannot be written, or is none; there is none without a name. */
export function destination(
  file: string | undefined,
  cwd: string,
  { quiet = false }: { quiet?: boolean },
): Destination | undefined {
  if (file === undefined) return undefined;
  if (file === "") throw new UsageError("--output needs a file", "-o FILE");
  const path = resolve(cwd, file);
  const status = statusOf(file, path);
  if (status?.isDirectory()) throw cannotWrite(`${file}: is a folder, not a file`);
  if (status && !status.isFile()) throw cannotWrite(`${file}: is not a regular file`);
  if (!status && file.endsWith("/")) throw cannotWrite(`${file}: there is no folder ${file}`);
  if (!status) checkFolder(file, dirname(file), cwd);
  allowsWriting(file, status ? path : dirname(path));
  return { file, path, quiet };
}

/**
 * Writes contents, over what was there, and tells of each on standard error: the first into the file itself, others
 * beside it as `name-2.png`, which replace nothing. Throws UsageError.
 */
export async function save(to: Destination, contents: readonly Saving[]): Promise<void> {
  const tell = openNotices({ quiet: to.quiet, verbose: true });
  for (const [index, { bytes, type }] of contents.entries()) {
    const size = typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length;
    const where = index === 0 ? await saveOver(to, bytes) : await saveBeside(to, bytes, index + 1);
    tell("info", `saved ${singleLine(type, 100)}, ${size} bytes to ${where}`);
  }
}

async function saveOver({ file, path }: Destination, bytes: string | Uint8Array): Promise<string> {
  const existed = statusOf(file, path) !== undefined;
  await written(file, path, bytes, "w");
  return existed ? `${file}, replacing what was there` : file;
}

async function saveBeside(
  { file, path }: Destination,
  bytes: string | Uint8Array,
  from: number,
): Promise<string> {
  const extension = extname(path);
  const numbered = (whole: string, number: number) =>
    `${whole.slice(0, whole.length - extension.length)}-${number}${extension}`;
  for (let number = from; ; number++) {
    const isNew = await written(numbered(file, number), numbered(path, number), bytes, "wx");
    if (isNew) return numbered(file, number);
  }
}

/** False where something is that may not be replaced. */
async function written(
  file: string,
  path: string,
  bytes: string | Uint8Array,
  flag: "w" | "wx",
): Promise<boolean> {
  try {
    await writeFile(path, bytes, { flag });
    return true;
  } catch (error) {
    if (flag === "wx" && error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw cannotWrite(fileErrorFrom(file, error).message);
  }
}

function checkFolder(file: string, folder: string, cwd: string): void {
  const status = statusOf(file, resolve(cwd, folder));
  if (!status) throw cannotWrite(`${file}: there is no folder ${folder}`);
  if (!status.isDirectory()) throw cannotWrite(`${file}: ${folder} is not a folder`);
}

function allowsWriting(file: string, path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw cannotWrite(fileErrorFrom(file, error).message);
  }
}

function statusOf(file: string, path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const failure = fileErrorFrom(file, error);
    if (failure instanceof FileError && failure.problem === "missing") return undefined;
    throw cannotWrite(failure.message);
  }
}

function cannotWrite(why: string): UsageError {
  return new UsageError(`cannot write ${why}`);
}
