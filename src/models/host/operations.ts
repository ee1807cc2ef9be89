/** What the inference process does when it is asked: one function an operation. */
import { availableMemory } from "../memory.ts";
import type { Acceleration, LoadedModel, ModelInfo } from "../port.ts";
import { ModelError } from "../problem.ts";
import type { HostSettings, News, Operation, Operations } from "../protocol.ts";
import { bench } from "./bench.ts";
import { type Engine, openEngine } from "./engine.ts";
import { generate } from "./generate.ts";
import { type Loaded, loadModel, threadsFor } from "./loaded.ts";
import { readModelFile } from "./model-file.ts";
import { describeModel } from "./model-memory.ts";

export interface OperationContext {
  tell: (news: News) => void;
  signal: AbortSignal;
}

type Given<Name extends Operation> = Operations[Name]["given"];

export class Host {
  readonly #settings: HostSettings;
  readonly #models = new Map<string, Loaded>();
  #engine: Promise<Engine> | undefined;

  constructor(settings: HostSettings) {
    this.#settings = settings;
  }

  /** Begins to open the library, so that it is there when the first operation is. */
  open(): Promise<Engine> {
    const engine = this.#engine ?? openEngine(this.#settings);
    this.#engine = engine;
    // What went wrong is told by the operation that needs it, and tried again by the next.
    engine.catch(() => {
      this.#engine = undefined;
    });
    return engine;
  }

  /** Throws ModelError. */
  async load({ path, options }: Given<"load">, { tell, signal }: OperationContext): Promise<LoadedModel> {
    const present = this.#models.get(path);
    if (present) return present.about;
    const engine = await this.open();
    const onProgress = (fraction: number) => tell({ type: "loading", fraction });
    const loaded = await loadModel(engine, { path, options, onProgress, signal });
    this.#models.set(path, loaded);
    return loaded.about;
  }

  async unload({ path }: Given<"unload">): Promise<boolean> {
    const loaded = this.#models.get(path);
    if (!loaded) return false;
    this.#models.delete(path);
    await loaded.busy;
    await loaded.conversation.keep();
    await loaded.dispose();
    return true;
  }

  /** Throws ModelError. */
  async info({ path, options }: Given<"info">): Promise<ModelInfo> {
    const engine = await this.open();
    return describeModel(engine, await readModelFile(engine, path), options);
  }

  async acceleration(): Promise<Acceleration> {
    const { llama, library, mostThreads, log } = await this.open();
    const inUse = llama.gpu === false ? "none" : llama.gpu;
    const built = (await library.getLlamaGpuTypes("supported")).map((gpu) => (gpu === false ? "none" : gpu));
    const { totalBytes, availableBytes } = availableMemory();
    const reason = inUse === "none" && built.some((gpu) => gpu !== "none") ? log.firstError() : undefined;
    return {
      inUse,
      built,
      devices: inUse === "none" ? [] : await llama.getGpuDeviceNames(),
      threads: mostThreads,
      memory: { totalBytes, freeBytes: availableBytes },
      ...(reason !== undefined && { reason }),
    };
  }

  /** Throws ModelError. The model is loaded for it if it is not. */
  async bench(
    { path, options }: Given<"bench">,
    context: OperationContext,
  ): Promise<Operations["bench"]["result"]> {
    const engine = await this.open();
    await this.load({ path, options }, context);
    const { model } = this.#loaded(path);
    const most = threadsFor(engine, options);
    return bench(model, most, (row) => context.tell({ type: "row", row }), context.signal);
  }

  /** Throws ModelError when the model is not loaded. */
  async generate(
    { request }: Given<"generate">,
    { tell, signal }: OperationContext,
  ): Promise<Operations["generate"]["result"]> {
    const engine = await this.open();
    const loaded = this.#loaded(request.path);
    return generate(engine, loaded, { request, signal, emit: (event) => tell({ type: "event", event }) });
  }

  /** True when anything was written. */
  async keep(): Promise<boolean> {
    const kept = await Promise.all([...this.#models.values()].map(({ conversation }) => conversation.keep()));
    return kept.includes(true);
  }

  #loaded(path: string): Loaded {
    const loaded = this.#models.get(path);
    if (loaded) return loaded;
    throw new ModelError({ code: "failed", message: `the model ${path} is not loaded` });
  }
}
