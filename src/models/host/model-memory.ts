/** What a model takes of memory, what there is, and what its file says of it. */
import type { GgufInsights, Llama } from "node-llama-cpp";
import type { AvailableMemory } from "../memory.ts";
import type { LoadOptions, ModelInfo } from "../port.ts";
import { ModelError } from "../problem.ts";
import type { Engine, Library } from "./engine.ts";
import type { ModelFile } from "./model-file.ts";

/** Room for a conversation; more costs memory whether it is used or not. */
const CONTEXT_TOKENS = 8192;

/** What the model would be loaded with when nobody says. */
export function contextSizeFor({ insights }: ModelFile, { contextSize }: LoadOptions): number {
  return contextSize ?? Math.min(trainedContextOf(insights) ?? CONTEXT_TOKENS, CONTEXT_TOKENS);
}

/** Undefined when the file does not say, or says what makes no sense: it may say anything. */
function trainedContextOf({ trainContextSize: tokens }: GgufInsights): number | undefined {
  return tokens !== undefined && Number.isSafeInteger(tokens) && tokens > 0 ? tokens : undefined;
}

/** Weights and context, where the library cannot tell: in times of the weights. */
const UNKNOWN_SHAPE = 1.25;

/** Estimated: weights and context, wherever they lie, in bytes. */
export function estimateMemory(model: ModelFile, options: LoadOptions, acceleratedLayers = 0): number {
  const { insights } = model;
  const guess = Math.ceil(insights.modelSize * UNKNOWN_SHAPE);
  try {
    const weights = insights.estimateModelResourceRequirements({ gpuLayers: acceleratedLayers });
    const context = insights.estimateContextResourceRequirements({
      contextSize: contextSizeFor(model, options),
      modelGpuLayers: acceleratedLayers,
    });
    const bytes = weights.cpuRam + weights.gpuVram + context.cpuRam + context.gpuVram;
    return bytes >= 0 ? bytes : guess;
  } catch {
    // Not every architecture has the numbers that the library reckons with, or has them in another form.
    return guess;
  }
}

/** What there is for models. */
export interface Room extends AvailableMemory {
  /** Of accelerators with a memory of their own. */
  devices: { totalBytes: number; freeBytes: number };
  /** What the models that are loaded take, wherever they lie. */
  loadedBytes: number;
}

/** So much of a machine's memory is for others than models, but not more than that many bytes. */
const MARGIN = 0.1;
const MOST_MARGIN_BYTES = 2 ** 30;

/**
 * Bytes for one more model. The weights of those that are loaded lie in the cache of files, which the system counts as
 * free: it would take them away from one model for the other, token by token.
 */
export function roomLeft({ totalBytes, availableBytes, devices, loadedBytes }: Room): number {
  const margin = Math.min(MOST_MARGIN_BYTES, totalBytes * MARGIN);
  const notTaken = totalBytes + devices.totalBytes - loadedBytes - margin;
  return Math.max(0, Math.min(availableBytes + devices.freeBytes, notTaken));
}

/** The memory that accelerators do not share with the processor: what they share is counted there. */
export async function deviceMemory(llama: Pick<Llama, "getVramState">): Promise<Room["devices"]> {
  const { total, free, unifiedSize } = await llama.getVramState();
  return { totalBytes: Math.max(0, total - unifiedSize), freeBytes: Math.max(0, free - unifiedSize) };
}

/** Throws ModelError `too_large` when there is no room for it. */
export function checkMemory(model: ModelFile, options: LoadOptions, room: Room): void {
  const needed = estimateMemory(model, options);
  const left = roomLeft(room);
  if (needed <= left) return;
  throw new ModelError({
    code: "too_large",
    message: `${model.path} needs about ${gigabytes(needed)} of memory, and ${gigabytes(left)} are free`,
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
    name: textOf(general.name),
    architecture: general.architecture,
    quantisation: quantisationOf(general.file_type, library),
    parameters: insights.totalParameters,
    layers: insights.totalLayers,
    trainedContext: trainedContextOf(insights) ?? 0,
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

function quantisationOf(fileType: unknown, { GgufFileType }: Library): string {
  const name = typeof fileType === "number" ? GgufFileType[fileType] : undefined;
  return name?.replace(/^(MOSTLY|ALL)_/, "") ?? "unknown";
}

/** What the file has there may be of any type. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
