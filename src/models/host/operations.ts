/** What the inference process does when it is asked: one function an operation. */
import { type AvailableMemory, availableMemory } from "../memory.ts";
import type { Acceleration, LoadedModel, ModelInfo } from "../port.ts";
import type { HostSettings, News, Operation, Operations } from "../protocol.ts";
import { bench } from "./bench.ts";
import { type Engine, openEngine } from "./engine.ts";
import { generate } from "./generate.ts";
import { threadsFor } from "./loaded.ts";
import { readModelFile } from "./model-file.ts";
import { describeModel } from "./model-memory.ts";
import { Residents } from "./residents.ts";
import { inTurn } from "./turn.ts";

export interface OperationContext {
  tell: (news: News) => void;
  signal: AbortSignal;
}

type Given<Name extends Operation> = Operations[Name]["given"];

export class Host {
  readonly #settings: HostSettings;
  readonly #memory: () => AvailableMemory;
  readonly #residents: Residents;
  #engine: Promise<Engine> | undefined;

  /** `memory` is asked before each load. */
  constructor(settings: HostSettings, memory: () => AvailableMemory = availableMemory) {
    this.#settings = settings;
    this.#memory = memory;
    this.#residents = new Residents(memory);
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
    const onProgress = (fraction: number) => tell({ type: "loading", fraction });
    return this.#residents.load(await this.open(), { path, options, onProgress, signal });
  }

  unload({ path }: Given<"unload">): Promise<boolean> {
    return this.#residents.unload(path);
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
    const { totalBytes, availableBytes } = this.#memory();
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

  /** Throws ModelError when the model is not loaded. No model does anything else meanwhile. */
  async bench(
    { path, options }: Given<"bench">,
    { tell, signal }: OperationContext,
  ): Promise<Operations["bench"]["result"]> {
    const engine = await this.open();
    const { model } = this.#residents.get(path);
    const most = threadsFor(engine, options);
    const measure = () => bench(model, most, (row) => tell({ type: "row", row }), signal);
    return inTurn(this.#residents.all(), measure, signal);
  }

  /** Throws ModelError when the model is not loaded. */
  async generate(
    { request }: Given<"generate">,
    { tell, signal }: OperationContext,
  ): Promise<Operations["generate"]["result"]> {
    const engine = await this.open();
    const loaded = this.#residents.get(request.path);
    return generate(engine, loaded, { request, signal, emit: (event) => tell({ type: "event", event }) });
  }

  /** True when anything was written. */
  async keep(): Promise<boolean> {
    const kept = await Promise.all(this.#residents.all().map(({ conversation }) => conversation.keep()));
    return kept.includes(true);
  }
}
