/**
 * A project's own settings: the `.mcpchat.toml` of this folder or of the nearest one above.
 */
import fs from "node:fs";
import path from "node:path";
import { describeError } from "../lib/errors.ts";
import { isTrusted } from "./trust.ts";

export const PROJECT_FILE = ".mcpchat.toml";

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

export interface Project {
  /** The file to read, if there is one and its folder is trusted. */
  file?: string;
  /** One line when there is one and it is not used. */
  notice?: string;
}

/** Finds the project file and asks the list of trusted folders about it. Never throws: distrust is the answer. */
export function trustedProject(cwd: string, trustFile: string): Project {
  const file = findProjectFile(cwd);
  if (file === undefined) return {};
  const folder = path.dirname(file);
  try {
    if (isTrusted(trustFile, folder)) return { file };
    return { notice: `${file} is ignored; to use it, trust its folder: mcpchat config trust ${folder}` };
  } catch (error) {
    return { notice: `${file} is ignored; ${describeError(error)}` };
  }
}
