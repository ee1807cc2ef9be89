/** What there is of a model's file before it is whole: `NAME.gguf.partial`, and beside it what it is to become. */
import { rmSync } from "node:fs";
import { readTextFileIfAny, writePrivateFile } from "../lib/file.ts";

export interface PartialRecord {
  /** What the user named, so that it can be said how to go on. */
  reference: string;
  url: string;
  /** Bytes of the whole file; absent when the server does not tell. */
  size?: number;
  sha256?: string;
  /** For If-Range: the server's strong ETag, or its date. */
  validator?: string;
}

const LARGEST_RECORD_BYTES = 64 * 1024;

export function partialPath(file: string): string {
  return `${file}.partial`;
}

function recordPath(file: string): string {
  return `${file}.partial.json`;
}

/** Undefined when there is none, or none that makes sense: what it belonged to is then of no use. */
export function readPartialRecord(file: string): PartialRecord | undefined {
  try {
    const text = readTextFileIfAny(recordPath(file), LARGEST_RECORD_BYTES);
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Throws FileError. */
export function writePartialRecord(file: string, record: PartialRecord): void {
  writePrivateFile(recordPath(file), JSON.stringify(record));
}

export function removePartialRecord(file: string): void {
  rmSync(recordPath(file), { force: true });
}

/** Removes what there is of a file that is not whole. */
export function removePartial(file: string): void {
  rmSync(partialPath(file), { force: true });
  removePartialRecord(file);
}

function isRecord(value: unknown): value is PartialRecord {
  if (typeof value !== "object" || value === null || !("reference" in value && "url" in value)) return false;
  if (typeof value.reference !== "string" || typeof value.url !== "string") return false;
  if ("size" in value && !Number.isSafeInteger(value.size)) return false;
  if ("sha256" in value && typeof value.sha256 !== "string") return false;
  return !("validator" in value) || typeof value.validator === "string";
}
