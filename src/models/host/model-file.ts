/** Looks at a model's file before llama.cpp does: what it refuses, it refuses with a word of its own or not at all. */
import fs from "node:fs";
import type { GgufFileInfo, GgufInsights } from "node-llama-cpp";
import { ModelError } from "../problem.ts";
import type { Engine } from "./engine.ts";

const MAGIC = "GGUF";

export interface ModelFile {
  path: string;
  file: GgufFileInfo;
  insights: GgufInsights;
}

/** Reads and checks the header and the sizes. Throws ModelError. */
export async function readModelFile({ library, llama }: Engine, path: string): Promise<ModelFile> {
  checkMagic(path);
  let file: GgufFileInfo;
  try {
    file = await library.readGgufFileInfo(path, { sourceType: "filesystem", logWarnings: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelError({
      code: "not_gguf",
      message: `the header of ${path} cannot be read: ${firstLine(reason)}`,
      advice: "download the model again",
    });
  }
  const insights = await library.GgufInsights.from(file, llama);
  checkArchitecture(path, file, insights);
  checkComplete(path, file, insights);
  return { path, file, insights };
}

function checkMagic(path: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    if (!fs.fstatSync(descriptor).isFile()) throw unreadable(path, "is not a file");
    const start = Buffer.alloc(MAGIC.length);
    fs.readSync(descriptor, start, 0, MAGIC.length, 0);
    if (start.toString("latin1") !== MAGIC) throw notGguf(path);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw readFailure(path, error);
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

function readFailure(path: string, error: unknown): ModelError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new ModelError({
      code: "missing",
      message: `there is no model ${path}`,
      advice: "see mcpchat models list",
    });
  }
  return unreadable(
    path,
    code === "EACCES" ? "may not be read" : `cannot be read (${String(code ?? error)})`,
  );
}

function unreadable(path: string, what: string): ModelError {
  return new ModelError({ code: "unreadable", message: `${path} ${what}` });
}

function notGguf(path: string): ModelError {
  return new ModelError({
    code: "not_gguf",
    message: `${path} is not a GGUF model`,
    advice: "models for llama.cpp end in .gguf; others have to be converted",
  });
}

/** llama.cpp would read past the end of a file that was cut off. */
function checkComplete(path: string, file: GgufFileInfo, { modelSize }: GgufInsights): void {
  if (file.splicedParts > 1) return;
  const starts = (file.tensorInfo ?? []).map(({ fileOffset }) => Number(fileOffset));
  // A lower bound: between the weights there may be gaps.
  const end = Math.max((file.infoEndOffset ?? 0) + modelSize, ...starts);
  const bytes = fs.statSync(path).size;
  if (starts.length > 0 && end <= bytes) return;
  throw new ModelError({
    code: "truncated",
    message: `${path} is cut off: it has ${bytes} bytes of at least ${end}`,
    advice: "download it again",
  });
}

function checkArchitecture(path: string, { metadata }: GgufFileInfo, insights: GgufInsights): void {
  const { architecture } = metadata.general ?? {};
  if (!architecture) {
    throw new ModelError({ code: "not_gguf", message: `${path} does not say what architecture it has` });
  }
  if (insights.isSupportedByLlamaCpp) return;
  throw new ModelError({
    code: "unsupported",
    message: `${path} has the architecture ${JSON.stringify(architecture)}, which this llama.cpp cannot run`,
    advice: "a newer mcpchat may; else take another model",
  });
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
