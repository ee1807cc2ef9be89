/** What a model takes of memory, what there is, and what its file says of it. */
import { availableMemory } from "../memory.ts";
import type { LoadOptions, ModelInfo } from "../port.ts";
import { ModelError } from "../problem.ts";
import type { Engine, Library } from "./engine.ts";
import type { ModelFile } from "./model-file.ts";

/** Room for a conversation; more costs memory whether it is used or not. */
const CONTEXT_TOKENS = 8192;

/** What the model would be loaded with when nobody says. */
export function contextSizeFor({ insights }: ModelFile, { contextSize }: LoadOptions): number {
  return contextSize ?? Math.min(insights.trainContextSize ?? CONTEXT_TOKENS, CONTEXT_TOKENS);
}

/** Estimated: weights and context, wherever they lie, in bytes. */
export function estimateMemory(model: ModelFile, options: LoadOptions, acceleratedLayers = 0): number {
  const { insights } = model;
  const weights = insights.estimateModelResourceRequirements({ gpuLayers: acceleratedLayers });
  const context = insights.estimateContextResourceRequirements({
    contextSize: contextSizeFor(model, options),
    modelGpuLayers: acceleratedLayers,
  });
  return weights.cpuRam + weights.gpuVram + context.cpuRam + context.gpuVram;
}

/** Throws ModelError `too_large` when the machine has not the memory; `freeOnDevices` counts too. */
export function checkMemory(model: ModelFile, options: LoadOptions, freeOnDevices: number): void {
  const needed = estimateMemory(model, options);
  const available = availableMemory().availableBytes + freeOnDevices;
  if (needed <= available) return;
  throw new ModelError({
    code: "too_large",
    message: `${model.path} needs about ${gigabytes(needed)} of memory, and ${gigabytes(available)} are free`,
    advice: "take a smaller model or quantisation, or a smaller context with models.context_size",
  });
}

/** What the file says of itself. */
export function describeModel({ library }: Engine, model: ModelFile, options: LoadOptions): ModelInfo {
  const { path, file, insights } = model;
  const { metadata } = file;
  const { general } = metadata;
  return {
    path,
    name: general.name ?? "",
    architecture: general.architecture,
    quantisation: quantisationOf(general.file_type, library),
    parameters: insights.totalParameters,
    layers: insights.totalLayers,
    trainedContext: insights.trainContextSize ?? 0,
    fileBytes: insights.modelSize,
    parts: file.splicedParts,
    memoryBytes: estimateMemory(model, options),
    contextSize: contextSizeFor(model, options),
    hasChatTemplate: metadata.tokenizer?.chat_template !== undefined,
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function quantisationOf(fileType: number | undefined, { GgufFileType }: Library): string {
  const name = fileType === undefined ? undefined : GgufFileType[fileType];
  return name?.replace(/^(MOSTLY|ALL)_/, "") ?? "unknown";
}
