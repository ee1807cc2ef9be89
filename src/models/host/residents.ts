/** The models in the memory of this process. They come and go one after the other: what is there is counted, and none is there twice. */
import { isMetBy } from "../load-match.ts";
import type { AvailableMemory } from "../memory.ts";
import type { LoadedModel, LoadOptions } from "../port.ts";
import { ModelError } from "../problem.ts";
import type { Engine } from "./engine.ts";
import { type Loaded, type LoadRequest, loadModel } from "./loaded.ts";

interface Resident {
  loaded: Loaded;
  options: LoadOptions;
  /** Whoever uses it still may finish; nobody else begins. */
  leaving: boolean;
}

export class Residents {
  readonly #memory: () => AvailableMemory;
  readonly #models = new Map<string, Resident>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(memory: () => AvailableMemory) {
    this.#memory = memory;
  }

  /** Loads it unless it is there as it is wanted; there in another way, it is loaded anew. Throws ModelError. */
  load(engine: Engine, request: Omit<LoadRequest, "room">): Promise<LoadedModel> {
    return this.#next(async () => {
      const { path, options, signal } = request;
      if (signal.aborted) throw new ModelError({ code: "aborted", message: `loading ${path} was stopped` });
      const present = this.#models.get(path);
      if (present && isMetBy(options, present.options, present.loaded.about)) return present.loaded.about;
      await this.#remove(path);
      const room = { ...this.#memory(), loadedBytes: this.#bytes() };
      const loaded = await loadModel(engine, { ...request, room });
      this.#models.set(path, { loaded, options, leaving: false });
      return loaded.about;
    });
  }

  /** Waits for what is under way; false when it was not loaded. */
  unload(path: string): Promise<boolean> {
    return this.#next(() => this.#remove(path));
  }

  /** Throws ModelError when the model is not loaded. */
  get(path: string): Loaded {
    const resident = this.#models.get(path);
    if (resident && !resident.leaving) return resident.loaded;
    throw new ModelError({ code: "failed", message: `the model ${path} is not loaded` });
  }

  all(): Loaded[] {
    return Array.from(this.#models.values(), ({ loaded }) => loaded);
  }

  #bytes(): number {
    return this.all().reduce((sum, { about }) => sum + about.memoryBytes, 0);
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #remove(path: string): Promise<boolean> {
    const resident = this.#models.get(path);
    if (!resident) return false;
    const { loaded } = resident;
    resident.leaving = true;
    try {
      // How it went was told to the one who asked.
      await loaded.busy.catch(() => {});
      await loaded.conversation.keep();
      await loaded.dispose();
    } finally {
      this.#models.delete(path);
    }
    return true;
  }
}
