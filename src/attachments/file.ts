/** Attached files. */
import { statSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import { UsageError } from "../lib/errors.ts";
import { FileError, fileErrorFrom, readRegularFile } from "../lib/file.ts";
import { tooLarge } from "./kind.ts";
import { shownName } from "./name.ts";
import type { RawAttachment } from "./port.ts";

export interface FilePlace {
  /** Where relative paths begin. */
  cwd: string;
  /** What `~` stands for. */
  home: string | undefined;
  maxBytes: number;
  /** For a file of the command line: a pipe is read to its end then, or until the signal. Without it a pipe is refused. */
  signal?: AbortSignal | undefined;
}

/** Reads a file. Throws UsageError for what is missing, no file, unreadable or too large, and the signal's reason. */
export async function readAttachedFile(name: string, place: FilePlace): Promise<RawAttachment> {
  const { cwd, home, maxBytes, signal } = place;
  if (name === "") throw new UsageError("the name of a file is empty", ADVICE);
  if (name === "-") {
    throw new UsageError(
      "-f -: standard input is read without it",
      "pipe text in; save anything else to a file",
    );
  }
  const expanded = home !== undefined && /^~(?=$|[\\/])/.test(name) ? join(home, name.slice(1)) : name;
  const path = isAbsolute(expanded) ? expanded : resolve(cwd, expanded);
  try {
    return { name, title: basename(path), bytes: await readBytes(path, maxBytes, signal) };
  } catch (caught) {
    signal?.throwIfAborted();
    const error = fileErrorFrom(path, caught);
    if (error.problem === "too_large") throw tooLarge(name, undefined, maxBytes);
    throw new UsageError(`${shownName(name)}: ${error.what}`, adviceFor(name, error));
  }
}

const ADVICE = "name a file that can be read";

async function readBytes(
  path: string,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    return readRegularFile(path, maxBytes);
  } catch (error) {
    const isPipe = error instanceof FileError && error.problem === "not_regular" && statSync(path).isFIFO();
    if (!isPipe) throw error;
    if (!signal) throw new FileError(path, "not_regular", "is a pipe");
    const { readPipe } = await import("./pipe.ts");
    return readPipe(path, { maxBytes, signal });
  }
}

function adviceFor(name: string, { problem, what }: FileError): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(name)?.[1];
  if (problem === "missing" && scheme) return "addresses begin with http:// or https://";
  if (problem === "missing" && name.endsWith("\\")) {
    return 'quotes go around a name with blanks: @file:"a name.txt"';
  }
  if (what === "is a pipe") return "give it with -f on the command line";
  return ADVICE;
}
