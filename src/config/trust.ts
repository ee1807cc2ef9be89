/**
 * The project files that the user trusts: their folders, and a hash of what they held then. A project's file can start
 * programs, so that a folder that was merely cloned must not be believed, nor one that was trusted before a pull.
 */
import fs from "node:fs";
import { ConfigurationError } from "../lib/errors.ts";
import { readTextFileIfAny, writePrivateFile } from "../lib/file.ts";
import { orConfigurationError } from "./problem.ts";

const LARGEST_LIST_BYTES = 1024 * 1024;

/** `changed`: the folder's file was trusted when it held something else. */
export type Trust = "trusted" | "changed" | "unknown";

/** Hashes by folder. */
type TrustList = Readonly<Record<string, string>>;

/** Whether the user trusts the folder's file with this text. Throws ConfigurationError when the list cannot be read. */
export function trustIn(trustFile: string, folder: string, text: string): Trust {
  const list = readList(trustFile);
  const real = realFolder(folder);
  const trusted = Object.hasOwn(list, real) ? list[real] : undefined;
  if (trusted === undefined) return "unknown";
  return trusted === hashOf(text) ? "trusted" : "changed";
}

/**
 * Trusts the file of a folder (not those inside it) as long as it holds this text. Throws ConfigurationError when the
 * list cannot be read or written.
 */
export function trustFolder(trustFile: string, folder: string, text: string): void {
  writeList(trustFile, { ...readList(trustFile), [realFolder(folder)]: hashOf(text) });
}

/** Takes the trust back. */
export function distrustFolder(trustFile: string, folder: string): void {
  const { [realFolder(folder)]: trusted, ...others } = readList(trustFile);
  if (trusted !== undefined) writeList(trustFile, others);
}

function hashOf(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

function readList(trustFile: string): TrustList {
  const text = readText(trustFile);
  if (text === undefined) return {};
  const list = parseList(text);
  if (list) return list;
  throw new ConfigurationError(`${trustFile}: is not a list of trusted folders`, "mend it or remove it");
}

function readText(trustFile: string): string | undefined {
  return orConfigurationError(() => readTextFileIfAny(trustFile, LARGEST_LIST_BYTES));
}

function parseList(text: string): TrustList | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isList(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isList(value: unknown): value is TrustList {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((hash) => typeof hash === "string");
}

function writeList(trustFile: string, list: TrustList): void {
  orConfigurationError(() => writePrivateFile(trustFile, `${JSON.stringify(list, undefined, 2)}\n`));
}

/** Trust is in the folder itself, not in a link that may point elsewhere tomorrow. */
function realFolder(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    return folder;
  }
}
