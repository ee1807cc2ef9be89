/** The files with which a folder may configure mcpchat for whoever works in it, and whether the user trusts them. */
import fs from "node:fs";
import path from "node:path";
import { readTextFileIfAny } from "../lib/file.ts";
import { type Trust, trustFolder, trustIn } from "./trust.ts";

export const PROJECT_FILE = ".mcpchat.toml";
/** The servers of a project, in the form that other programs read too. */
export const PROJECT_SERVERS_FILE = ".mcp.json";
/** Of a configuration file. */
export const LARGEST_FILE_BYTES = 1024 * 1024;

export interface ProjectTexts {
  /** What is in `.mcpchat.toml`, and in `.mcp.json`; absent where there is no such file. */
  toml?: string;
  json?: string;
}

/** The nearest folder, from this one up to the root, that has a file of this name; undefined when there is none. */
export function folderWith(name: string, cwd: string): string | undefined {
  let folder = path.resolve(cwd);
  for (;;) {
    if (fs.existsSync(path.join(folder, name))) return folder;
    const parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** What a folder's files hold now. Throws FileError. */
export function readProjectFolder(folder: string): ProjectTexts {
  const toml = readTextFileIfAny(path.join(folder, PROJECT_FILE), LARGEST_FILE_BYTES);
  const json = readTextFileIfAny(path.join(folder, PROJECT_SERVERS_FILE), LARGEST_FILE_BYTES);
  return { ...(toml !== undefined && { toml }), ...(json !== undefined && { json }) };
}

/** Whether the user trusts the folder's files with these texts. Throws ConfigurationError. */
export function trustOf(trustFile: string, folder: string, texts: ProjectTexts): Trust {
  return trustIn(trustFile, folder, together(texts));
}

/** Trusts the folder's files as long as they hold these texts. Throws ConfigurationError. */
export function trustProjectFolder(trustFile: string, folder: string, texts: ProjectTexts): void {
  trustFolder(trustFile, folder, together(texts));
}

/** One text that changes with either file; a folder without `.mcp.json` has the trust that it had before there were two. */
function together({ toml, json }: ProjectTexts): string {
  return json === undefined ? (toml ?? "") : JSON.stringify({ toml, json });
}
