/** Attached files. */
import { basename, isAbsolute, join, resolve } from "node:path";
import { UsageError } from "../lib/errors.ts";
import { FileError, readRegularFile } from "../lib/file.ts";
import { tooLarge } from "./kind.ts";
import type { RawAttachment } from "./port.ts";

export interface FilePlace {
  /** Where relative paths begin. */
  cwd: string;
  /** What `~` stands for. */
  home: string | undefined;
  maxBytes: number;
}

/** Reads a file. Throws UsageError for what is missing, no regular file, unreadable or too large. */
export function readAttachedFile(name: string, { cwd, home, maxBytes }: FilePlace): RawAttachment {
  if (name === "-") {
    throw new UsageError(
      "-f -: standard input is read without it",
      "pipe text in; save anything else to a file",
    );
  }
  const expanded = home !== undefined && /^~(?=$|[\\/])/.test(name) ? join(home, name.slice(1)) : name;
  const path = isAbsolute(expanded) ? expanded : resolve(cwd, expanded);
  try {
    return { name, title: basename(path), bytes: readRegularFile(path, maxBytes) };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.problem === "too_large") throw tooLarge(name, undefined, maxBytes);
    throw new UsageError(`${name}: ${error.what}`, adviceFor(name, error));
  }
}

function adviceFor(name: string, { problem }: FileError): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(name)?.[1];
  if (problem === "missing" && scheme) return "addresses begin with http:// or https://";
  return "name a file that can be read";
}
