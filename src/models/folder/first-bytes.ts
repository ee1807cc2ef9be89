/** A cheap look at a file: enough to tell what is no model, not whether it can be run. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { fileErrorFrom } from "../../lib/file.ts";

const MAGIC = "GGUF";

/** What is wrong with a file that is no model by its first bytes; undefined for one that may be. Never waits. */
export function faultOf(file: string): string | undefined {
  let descriptor: number | undefined;
  try {
    // Windows has no O_NONBLOCK; without it a named pipe is waited for.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!fstatSync(descriptor).isFile()) return "it is not a regular file";
    const bytes = Buffer.alloc(MAGIC.length);
    readSync(descriptor, bytes, 0, bytes.length, 0);
    return bytes.toString("latin1") === MAGIC ? undefined : "it is not a GGUF model";
  } catch (error) {
    const { problem } = fileErrorFrom(file, error);
    return problem === "permission" ? "it may not be read" : "it cannot be read";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
