/** `--schema FILE|JSON`: read, and seen to be an object. Whether it is a schema is for who checks answers with it. */
import type { JsonObject } from "../lib/conversation.ts";
import { UsageError } from "../lib/errors.ts";
import { FileError, readTextFile } from "../lib/file.ts";

/** A schema is written by hand, or by a program for a handful of types. */
const LARGEST_SCHEMA_BYTES = 1024 * 1024;

/** Takes JSON, or the name of a file that holds it, with or without an `@`. Throws UsageError. */
export function readSchema(value: string): JsonObject {
  if (/^@?\s*$/.test(value)) throw new UsageError("--schema is empty", TAKES);
  const isJson = value.trimStart().startsWith("{") || isPlainJson(value);
  const name = value.replace(/^@/, "");
  return parsed(isJson ? value : contentOf(name), isJson ? "--schema" : name);
}

const TAKES = "--schema takes a file with a JSON Schema, or the schema itself";

/** What was meant as JSON, though it is no object; a file of such a name can be named with an `@`. */
function isPlainJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function contentOf(name: string): string {
  try {
    return readTextFile(name, LARGEST_SCHEMA_BYTES);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new UsageError(error.message, TAKES);
  }
}

function parsed(text: string, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${where}: is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(
      `${where}: the schema has to be a JSON object`,
      "give it properties, or {} for an answer that may be any JSON",
    );
  }
  return value as JsonObject; // An object out of JSON.parse is one.
}
