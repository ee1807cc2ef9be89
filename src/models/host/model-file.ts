/** Looks at a model's file before llama.cpp does: what it refuses, it refuses with a word of its own or not at all. */
import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import type { GgufFileInfo, GgufInsights } from "node-llama-cpp";
import { fileNameOf, readFileName } from "../names.ts";
import { ModelError } from "../problem.ts";
import type { Engine } from "./engine.ts";
import { checkHeader, HeaderFault } from "./gguf-header.ts";

export interface ModelFile {
  path: string;
  file: GgufFileInfo;
  insights: GgufInsights;
}

/** Reads and checks the headers of its parts, and the sizes. Throws ModelError. */
export async function readModelFile({ library, llama }: Engine, path: string): Promise<ModelFile> {
  for (const part of partsOf(path)) checkPart(part);
  try {
    const file = await library.readGgufFileInfo(path, { sourceType: "filesystem", logWarnings: false });
    checkArchitecture(path, file);
    const insights = await library.GgufInsights.from(file, llama);
    checkSupported(path, file, insights);
    checkComplete(path, file, insights);
    return { path, file, insights };
  } catch (error) {
    if (error instanceof ModelError) throw error;
    // The library's words are for programmers.
    throw damaged(path, error);
  }
}

/** Its own path, or those of all its parts as llama.cpp names them. */
function partsOf(path: string): string[] {
  const named = readFileName(basename(path));
  if (!named || named.parts === 1 || !path.endsWith(".gguf")) return [path];
  const pathOf = (index: number) => join(dirname(path), fileNameOf({ ...named, part: index + 1 }));
  return Array.from({ length: named.parts }, (_, index) => pathOf(index));
}

function checkPart(path: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    const status = fs.fstatSync(descriptor);
    if (!status.isFile()) throw unreadable(path, "is not a file");
    checkHeader(bytesOf(descriptor, status.size));
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw error instanceof HeaderFault ? refusal(path, error) : readFailure(path, error);
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

function bytesOf(descriptor: number, size: number) {
  return {
    size,
    read(start: number, length: number): Buffer {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, start));
    },
  };
}

const ADVICE: Record<HeaderFault["kind"], string> = {
  not_gguf: "models for llama.cpp end in .gguf; others have to be converted",
  damaged: "download it again",
  truncated: "download it again",
  unsupported: "download a newer version of the model",
};

function refusal(path: string, { kind, reason }: HeaderFault): ModelError {
  const code = kind === "damaged" ? "not_gguf" : kind;
  return new ModelError({ code, message: `${path} ${reason}`, advice: ADVICE[kind] });
}

function damaged(path: string, cause?: unknown): ModelError {
  return new ModelError(
    { code: "not_gguf", message: `${path} has a damaged header`, advice: ADVICE.damaged },
    { cause },
  );
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

/** llama.cpp would read past the end of a file that was cut off. */
function checkComplete(path: string, file: GgufFileInfo, { modelSize }: GgufInsights): void {
  if (file.splicedParts > 1) return;
  const tensors = file.tensorInfo ?? [];
  // A lower bound: between the weights there may be gaps.
  const leastEnd = (file.infoEndOffset ?? 0) + modelSize;
  const end = tensors.reduce((last, { fileOffset }) => Math.max(last, Number(fileOffset)), leastEnd);
  if (!Number.isFinite(end)) throw damaged(path);
  const bytes = fs.statSync(path).size;
  if (tensors.length > 0 && end <= bytes) return;
  throw new ModelError({
    code: "truncated",
    message: `${path} is cut off: it has ${bytes} bytes of at least ${end}`,
    advice: "download it again",
  });
}

/** More than any model has, and than llama.cpp takes (LLAMA_MAX_LAYERS); the library counts to it. */
const MOST_LAYERS = 512;

function checkArchitecture(path: string, { metadata, architectureMetadata }: GgufFileInfo): void {
  const architecture: unknown = metadata.general?.architecture;
  if (typeof architecture !== "string" || architecture === "") {
    throw new ModelError({ code: "not_gguf", message: `${path} does not say what architecture it has` });
  }
  const layers: unknown = architectureMetadata.block_count ?? 0;
  if (typeof layers !== "number" || !(layers >= 0 && layers <= MOST_LAYERS)) throw damaged(path);
}

function checkSupported(path: string, { metadata }: GgufFileInfo, insights: GgufInsights): void {
  if (insights.isSupportedByLlamaCpp) return;
  throw new ModelError({
    code: "unsupported",
    message: `${path} has the architecture ${JSON.stringify(metadata.general.architecture)}, which this llama.cpp cannot run`,
    advice: "a newer mcpchat may; else take another model",
  });
}
