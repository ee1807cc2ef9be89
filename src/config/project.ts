/**
 * A project's own settings: the `.mcpchat.toml` of this folder or of the nearest one above.
 */
import fs from "node:fs";
import path from "node:path";
import { ConfigurationError, describeError } from "../lib/errors.ts";
import { FileError, readTextFile } from "../lib/file.ts";
import { trustIn } from "./trust.ts";

export const PROJECT_FILE = ".mcpchat.toml";
/** Of a configuration file. */
export const LARGEST_FILE_BYTES = 1024 * 1024;

/** The project file in force for a folder, absolute; undefined when there is none up to the root. */
export function findProjectFile(cwd: string): string | undefined {
  let folder = path.resolve(cwd);
  for (;;) {
    const file = path.join(folder, PROJECT_FILE);
    if (fs.existsSync(file)) return file;
    const parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** The text of a project file that has to be there. Throws ConfigurationError. */
export function readProjectFile(file: string): string {
  try {
    return readTextFile(file, LARGEST_FILE_BYTES);
  } catch (error) {
    throw error instanceof FileError ? new ConfigurationError(error.message) : error;
  }
}

export interface Project {
  /** The file to use, if there is one and it is trusted as it is now. */
  file?: string;
  /** What is in it: what was trusted, whatever the file holds a moment later. */
  text?: string;
  /** One line when there is one and it is not used. */
  notice?: string;
}

/** Finds the project file and asks the list of trust about it. Never throws: distrust is the answer. */
export function trustedProject(cwd: string, trustFile: string): Project {
  const file = findProjectFile(cwd);
  if (file === undefined) return {};
  const folder = path.dirname(file);
  try {
    const text = readTextFile(file, LARGEST_FILE_BYTES);
    const trust = trustIn(trustFile, folder, text);
    if (trust === "trusted") return { file, text };
    const advice = `mcpchat config trust ${folder}`;
    const notice =
      trust === "changed"
        ? `has changed since it was trusted and is ignored; to use it, look at it and trust it again: ${advice}`
        : `is ignored; to use it, trust its folder: ${advice}`;
    return { notice: `${file} ${notice}` };
  } catch (error) {
    return { notice: `${file} is ignored; ${describeError(error)}` };
  }
}
