/**
 * The ports of what runs GGUF models: the rest of mcpchat knows nothing of the library, nor of the process it runs in.
 */
import type { JsonObject, Message } from "../lib/conversation.ts";
import type { ModelProblem } from "./problem.ts";

/** How a model is to be loaded; what is absent is chosen for the model and this machine. */
export interface LoadOptions {
  /** Tokens of the context window. */
  contextSize?: number;
  threads?: number;
  /** Tokens evaluated at once. */
  batchSize?: number;
  /** `auto`: whatever accelerates here; `none`: the processor alone. */
  acceleration?: "auto" | "none";
}

export interface LoadedModel {
  /** Its file, or the first of its parts, as an absolute path: what it is known by. */
  path: string;
  contextSize: number;
  threads: number;
  batchSize: number;
  /** How many of `layers` run on an accelerator. */
  acceleratedLayers: number;
  layers: number;
  /** Estimated: weights and context. */
  memoryBytes: number;
  loadMs: number;
}

/** What a model's file says of it. */
export interface ModelInfo {
  path: string;
  name: string;
  architecture: string;
  quantisation: string;
  parameters: number;
  layers: number;
  /** Tokens of context that it was trained for. */
  trainedContext: number;
  fileBytes: number;
  parts: number;
  /** Estimated for the context that it would be loaded with. */
  memoryBytes: number;
  contextSize: number;
  hasChatTemplate: boolean;
}

export interface Acceleration {
  /** What is in use: `none` for the processor alone. */
  inUse: "none" | "metal" | "cuda" | "vulkan";
  /** What this executable holds. */
  built: readonly string[];
  /** Why it is not more, in one line. */
  reason?: string;
  devices: readonly string[];
  threads: number;
  memory: { totalBytes: number; freeBytes: number };
}

export interface BenchRow {
  threads: number;
  batchSize: number;
  /** Tokens per second. */
  prompt: number;
  generation: number;
}

export interface ToolSpec {
  name: string;
  description: string;
  inputSchema: JsonObject;
}

export interface Sampling {
  temperature?: number;
  seed?: number;
  topP?: number;
  topK?: number;
  minP?: number;
}

export interface GenerateRequest {
  /** The model's path; it is loaded if it is not. */
  path: string;
  load: LoadOptions;
  system?: string;
  messages: readonly Message[];
  tools: readonly ToolSpec[];
  sampling: Sampling;
  maxTokens?: number;
  /** Texts that end the answer; they are not part of it. */
  stop?: readonly string[];
  /** The answer has to be JSON of this schema. */
  schema?: JsonObject;
  /** Requests of one conversation share what was evaluated. */
  conversation?: ConversationState;
}

export interface ConversationState {
  id: string;
  /** Where the evaluated context is kept between runs; absent when nothing is to be kept. */
  file?: string;
}

export interface GenerateUsage {
  /** Tokens of the prompt that were evaluated for this answer. */
  evaluated: number;
  /** Tokens of the prompt that were there already. */
  reused: number;
  generated: number;
}

export type GenerateEvent =
  /** Work goes on, without anything to show. */
  | { type: "alive" }
  /** `fraction` is from 0 to 1. */
  | { type: "loading"; path: string; fraction: number }
  | { type: "notice"; text: string }
  | { type: "text"; text: string }
  | { type: "thinking"; text: string }
  /** `raw` is how the model spelled it, to be handed back in `CallExtra`. */
  | { type: "tool_call"; id: string; name: string; arguments: JsonObject; raw?: JsonObject }
  | { type: "usage"; usage: GenerateUsage }
  | { type: "done"; stopReason: "end" | "tool_calls" | "max_tokens" }
  | { type: "failed"; problem: ModelProblem };

/** Which models are in memory. */
export interface ModelLoader {
  /** Throws ModelError. */
  load(
    path: string,
    options: LoadOptions,
    onProgress: (fraction: number) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel>;
  /** False when it was not loaded. */
  unload(path: string): Promise<boolean>;
  loaded(): readonly LoadedModel[];
}

/** Questions to the inference process that need no conversation. All throw ModelError. */
export interface ModelInspection {
  info(path: string, options: LoadOptions, signal: AbortSignal): Promise<ModelInfo>;
  acceleration(signal: AbortSignal): Promise<Acceleration>;
  /** Tries numbers of threads and batch sizes; each row as it is measured, the best is for the caller to choose. */
  bench(
    path: string,
    options: LoadOptions,
    onRow: (row: BenchRow) => void,
    signal: AbortSignal,
  ): Promise<readonly BenchRow[]>;
}

export interface Models {
  readonly loader: ModelLoader;
  readonly inspection: ModelInspection;
  /** Ends with exactly one `done` or `failed`; never throws. Aborting ends it with what came so far, as `failed`. */
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<GenerateEvent>;
}
