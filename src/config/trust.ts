/**
 * The folders whose project files the user trusts: a short list in the data folder. A project's file can start
 * programs, so a folder that was merely cloned must not be believed.
 */
import fs from "node:fs";
import { ConfigurationError } from "../lib/errors.ts";
import { FileError, readTextFileIfAny, writePrivateFile } from "../lib/file.ts";

const LARGEST_LIST_BYTES = 1024 * 1024;

/** Whether the user trusted this folder once. Throws ConfigurationError when the list cannot be read. */
export function isTrusted(trustFile: string, folder: string): boolean {
  return readList(trustFile).includes(realFolder(folder));
}

/** Trusts a folder (not those inside it). Throws ConfigurationError when the list cannot be read or written. */
export function trustFolder(trustFile: string, folder: string): void {
  const folders = readList(trustFile);
  const real = realFolder(folder);
  if (!folders.includes(real)) writeList(trustFile, [...folders, real]);
}

/** Takes the trust back. */
export function distrustFolder(trustFile: string, folder: string): void {
  const real = realFolder(folder);
  const folders = readList(trustFile);
  if (folders.includes(real))
    writeList(
      trustFile,
      folders.filter((one) => one !== real),
    );
}

function readList(trustFile: string): string[] {
  const text = readText(trustFile);
  if (text === undefined) return [];
  const list = parseList(text);
  if (list) return list;
  throw new ConfigurationError(`${trustFile}: is not a list of trusted folders`, "mend it or remove it");
}

function readText(trustFile: string): string | undefined {
  try {
    return readTextFileIfAny(trustFile, LARGEST_LIST_BYTES);
  } catch (error) {
    throw asConfigurationError(error);
  }
}

function parseList(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
    return isList ? value : undefined;
  } catch {
    return undefined;
  }
}

function writeList(trustFile: string, folders: readonly string[]): void {
  try {
    writePrivateFile(trustFile, `${JSON.stringify(folders, undefined, 2)}\n`);
  } catch (error) {
    throw asConfigurationError(error);
  }
}

function asConfigurationError(error: unknown): unknown {
  return error instanceof FileError ? new ConfigurationError(error.message) : error;
}

/** Trust is in the folder itself, not in a link that may point elsewhere tomorrow. */
function realFolder(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    return folder;
  }
}
