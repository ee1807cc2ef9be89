/** A model in memory: weights, one context with one sequence, and the way its chat template speaks. */
import type { LlamaChat, LlamaContext, LlamaContextSequence, LlamaModel, TokenBias } from "node-llama-cpp";
import type { LoadedModel, LoadOptions } from "../port.ts";
import { ModelError } from "../problem.ts";
import { chatWrapperFor } from "./chat-wrapper.ts";
import { ConversationKeeper } from "./conversation.ts";
import type { Engine } from "./engine.ts";
import { closingBias } from "./grammar.ts";
import { readModelFile } from "./model-file.ts";
import { checkMemory, contextSizeFor, deviceMemory, estimateMemory, type Room } from "./model-memory.ts";
import type { Pacer } from "./pacer.ts";

export interface Loaded {
  about: LoadedModel;
  model: LlamaModel;
  context: LlamaContext;
  sequence: LlamaContextSequence;
  chat: LlamaChat;
  conversation: ConversationKeeper;
  /** Tokens of a prompt that are evaluated at once: as many as the model reads in half a second. */
  pieceTokens: number;
  /** Absent where an accelerator works: the processors wait for it then. */
  pacer: Pacer | undefined;
  /** Looked for among all its tokens when it is first needed. */
  closing: () => TokenBias;
  /** Ends when the generation before has ended: there is one sequence. */
  busy: Promise<unknown>;
  dispose(): Promise<void>;
}

/** Before a model has shown how fast it reads. */
const FIRST_PIECE_TOKENS = 8;

export interface LoadRequest {
  path: string;
  options: LoadOptions;
  room: Omit<Room, "devices">;
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
}

/** Throws ModelError; what was loaded until then is given back. */
export async function loadModel(engine: Engine, request: LoadRequest): Promise<Loaded> {
  const { path, options, signal, room } = request;
  const began = performance.now();
  const file = await readModelFile(engine, path);
  checkMemory(file, options, { ...room, devices: await deviceMemory(engine.llama) });
  engine.log.clear();
  const model = await loadWeights(engine, request);
  try {
    const context = await model.createContext({
      contextSize: options.contextSize ?? { max: contextSizeFor(file, options) },
      threads: threadsFor(engine, options, model.size),
      ...(options.batchSize !== undefined && { batchSize: options.batchSize }),
      createSignal: signal,
    });
    const sequence = context.getSequence();
    const chat = new engine.library.LlamaChat({
      contextSequence: sequence,
      chatWrapper: chatWrapperFor(engine, model),
    });
    const about: LoadedModel = {
      path,
      contextSize: context.contextSize,
      threads: context.idealThreads,
      batchSize: context.batchSize,
      acceleratedLayers: model.gpuLayers,
      layers: file.insights.totalLayers,
      memoryBytes: estimateMemory(file, { ...options, contextSize: context.contextSize }, model.gpuLayers),
      loadMs: Math.round(performance.now() - began),
    };
    const conversation = new ConversationKeeper(sequence, bytesPerToken(context));
    const paced = model.gpuLayers === 0 && context.idealThreads > 1;
    let bias: TokenBias | undefined;
    const closing = () => {
      bias ??= closingBias(engine, model);
      return bias;
    };
    const dispose = () => model.dispose();
    engine.proven();
    return {
      about,
      model,
      context,
      sequence,
      chat,
      conversation,
      closing,
      pacer: paced ? engine.pacer : undefined,
      pieceTokens: FIRST_PIECE_TOKENS,
      busy: Promise.resolve(),
      dispose,
    };
  } catch (error) {
    await model.dispose();
    throw loadFailure(engine, request, error);
  }
}

async function loadWeights(engine: Engine, request: LoadRequest): Promise<LlamaModel> {
  const { path, options, onProgress, signal } = request;
  try {
    return await engine.llama.loadModel({
      modelPath: path,
      loadSignal: signal,
      onLoadProgress: onProgress,
      ...(options.acceleration === "none" && { gpuLayers: 0 }),
    });
  } catch (error) {
    throw loadFailure(engine, request, error);
  }
}

function loadFailure({ log, library }: Engine, { path, signal }: LoadRequest, error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  if (signal.aborted) return new ModelError({ code: "aborted", message: `loading ${path} was stopped` });
  const reason = log.firstError() ?? (error instanceof Error ? error.message : String(error));
  if (error instanceof library.InsufficientMemoryError) {
    return new ModelError({
      code: "too_large",
      message: `there is not enough memory for ${path}`,
      advice: "take a smaller model, or a smaller context with models.context_size",
    });
  }
  return new ModelError(
    { code: "load_failed", message: `llama.cpp cannot load ${path}: ${reason.split("\n")[0]}` },
    { cause: error },
  );
}

/** A step of a model of this size is over before a second thread is awake. */
const SMALL_BYTES = 16 * 2 ** 20;

/** What somebody asked for, within what there is. */
export function threadsFor({ mostThreads }: Engine, { threads }: LoadOptions, modelBytes = Infinity): number {
  const usual = modelBytes < SMALL_BYTES ? 1 : mostThreads;
  return Math.max(1, Math.min(threads ?? usual, mostThreads));
}

function bytesPerToken({ memoryUsage, contextSize }: LlamaContext): number {
  return (memoryUsage.ram + memoryUsage.vram) / contextSize;
}
