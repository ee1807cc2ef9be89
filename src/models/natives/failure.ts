/** Why the native files cannot be used, each in one line with what to do about it. */
import { fileErrorFrom } from "../../lib/file.ts";
import { ModelError } from "../problem.ts";

/** What moves the cache folder elsewhere. */
const VARIABLE = process.platform === "win32" ? "LOCALAPPDATA" : "XDG_CACHE_HOME";

/** An error of the file system, about this folder. */
export function cannotUnpack(folder: string, error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  const { problem, message } = describe(folder, error);
  const elsewhere = `set ${VARIABLE} to a folder that can be written`;
  return new ModelError(
    {
      code: "natives",
      message: `cannot unpack what runs models: ${message}`,
      advice: problem === "full" ? `free some space there, or ${elsewhere}` : elsewhere,
    },
    { cause: error },
  );
}

function describe(folder: string, error: unknown) {
  if (error instanceof Error && "code" in error && error.code === "EEXIST")
    return { problem: "occupied", message: `${folder}: a file is in the place of a folder` };
  return fileErrorFrom(folder, error);
}

export function damagedExecutable(what: string): ModelError {
  const advice = "download or build it again";
  return new ModelError({ code: "natives", message: `this executable is damaged: ${what}`, advice });
}

/** The mount of this folder lets nothing be executed, a library no more than a program. */
export function notExecutable(folder: string): ModelError {
  return new ModelError({
    code: "natives",
    message: `cannot load what runs models from ${folder}: its file system is mounted noexec`,
    advice: `set ${VARIABLE} to a folder on another file system`,
  });
}
