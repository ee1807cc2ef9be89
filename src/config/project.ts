/**
 * A project's own settings: the `.mcpchat.toml` and the `.mcp.json` of this folder or of the nearest one above that has
 * such a file.
 */
import path from "node:path";
import { ConfigurationError, describeError } from "../lib/errors.ts";
import { FileError } from "../lib/file.ts";
import { orConfigurationError } from "./problem.ts";
import {
  folderWith,
  PROJECT_FILE,
  PROJECT_SERVERS_FILE,
  type ProjectTexts,
  readProjectFolder,
  trustOf,
} from "./project-folder.ts";

/** A file to use, with what was trusted of it, whatever it holds a moment later. */
export interface TrustedFile {
  file: string;
  text: string;
}

export interface Project {
  /** Present where there is one that is trusted as it is now. */
  toml?: TrustedFile;
  servers?: TrustedFile;
  /** Files whose change, or appearance, may change the result. */
  files: string[];
  /** A line for each folder whose files are not used. */
  notices: string[];
}

/** What a folder's files hold. Throws ConfigurationError when one cannot be read, or there is none. */
export function projectTexts(folder: string): ProjectTexts {
  const texts = orConfigurationError(() => readProjectFolder(folder));
  if (texts.toml !== undefined || texts.json !== undefined) return texts;
  throw new ConfigurationError(`${folder}: there is no ${PROJECT_FILE} and no ${PROJECT_SERVERS_FILE}`);
}

/** Finds the project's files and asks the list of trust about them. Never throws: distrust is the answer. */
export function trustedProject(cwd: string, trustFile: string): Project {
  const tomlFolder = folderWith(PROJECT_FILE, cwd);
  const jsonFolder = folderWith(PROJECT_SERVERS_FILE, cwd);
  const tomlFile = path.join(tomlFolder ?? cwd, PROJECT_FILE);
  const jsonFile = path.join(jsonFolder ?? cwd, PROJECT_SERVERS_FILE);
  const looks = new Map<string, Look>();
  for (const folder of [tomlFolder, jsonFolder]) {
    if (folder !== undefined && !looks.has(folder)) looks.set(folder, lookAt(folder, trustFile));
  }
  const toml = tomlFolder === undefined ? undefined : looks.get(tomlFolder)?.texts?.toml;
  const json = jsonFolder === undefined ? undefined : looks.get(jsonFolder)?.texts?.json;
  return {
    ...(toml !== undefined && { toml: { file: tomlFile, text: toml } }),
    ...(json !== undefined && { servers: { file: jsonFile, text: json } }),
    files: [tomlFile, jsonFile],
    notices: [...looks.values()].flatMap(({ notice }) => (notice === undefined ? [] : [notice])),
  };
}

/** The texts of a folder that is trusted, or a line that says why it is not. */
interface Look {
  texts?: ProjectTexts;
  notice?: string;
}

function lookAt(folder: string, trustFile: string): Look {
  try {
    const texts = readProjectFolder(folder);
    const trust = trustOf(trustFile, folder, texts);
    return trust === "trusted" ? { texts } : { notice: noticeOf(folder, texts, trust) };
  } catch (error) {
    const file = error instanceof FileError ? error.path : folder;
    return { notice: `${file} is ignored; ${describeError(error)}` };
  }
}

function noticeOf(folder: string, { toml, json }: ProjectTexts, trust: "changed" | "unknown"): string {
  const names = [
    ...(toml === undefined ? [] : [path.join(folder, PROJECT_FILE)]),
    ...(json === undefined ? [] : [path.join(folder, PROJECT_SERVERS_FILE)]),
  ];
  const advice = `mcpchat config trust ${folder}`;
  const [are, them, their] = names.length === 1 ? ["is", "it", "its"] : ["are", "them", "their"];
  if (trust === "changed") {
    // Which of them did, and whether one was there then, is not known.
    return `${names.join(" and ")} ${are} ignored, as the files of ${their} folder have changed since they were trusted; to use ${them}, look at ${them} and trust ${their} folder again: ${advice}`;
  }
  return `${names.join(" and ")} ${are} ignored; to use ${them}, trust ${their} folder: ${advice}`;
}
