/**
 * Local models for the rest of mcpchat: whoever asks for something waits for the branch of the tree, for the process in
 * it and for the model in that, through their crashes, and gets the answer or one line on why there is none.
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import { describeError } from "../lib/errors.ts";
import { ServiceGone } from "../lib/slot.ts";
import { SupervisorError } from "../supervisor/errors.ts";
import type { ChildSpec } from "../supervisor/spec.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { AcceleratorTrust, hasAccelerators } from "./accelerator-trust.ts";
import { type BranchOptions, createBranch } from "./branch.ts";
import { generate } from "./generation.ts";
import type { HostEnd } from "./host-child.ts";
import { ABORTED, type CallOptions } from "./host-link.ts";
import type { Lease, LeaseRequest, Loader } from "./loader.ts";
import { embedded } from "./natives/embedded.ts";
import type { ModelInspection, ModelLoader, Models } from "./port.ts";
import { ModelError, type ModelProblem, problemOf } from "./problem.ts";
import type { HostSettings, News, Operation, Operations } from "./protocol.ts";

export interface ModelSettings {
  acceleration: HostSettings["acceleration"];
  /** A model that nobody used for so many milliseconds is unloaded; 0 for never. */
  idleMs: number;
}

export interface ModelsOptions extends Omit<BranchOptions, "settings"> {
  settings: ModelSettings;
  /** Where native libraries are unpacked. */
  cacheFolder: string;
  /** Whether there is anything that the acceleration is about; the executable knows. */
  accelerated?: boolean;
  /** Starts the branch unless it runs, anew if it has given up; resolves when it runs. */
  start(): Promise<unknown>;
}

export interface LocalModels {
  /** The branch, to be started under the root. */
  spec: ChildSpec<Supervisor>;
  /** Can be used at any time; starts the branch where it has to. */
  models: Models;
  /** The idle time counts from now on, the acceleration from the next start of the process. */
  apply(settings: ModelSettings): void;
}

/** Describes the branch; nothing runs before somebody needs it. */
export function createModels(options: ModelsOptions): LocalModels {
  const { cacheFolder, notify, clock = systemClock } = options;
  let current = options.settings;
  let callers = 0;
  const trust = new AcceleratorTrust(notify);
  const settings = (): HostSettings => ({
    cacheFolder,
    acceleration: trust.settingFor(current.acceleration),
  });
  const onGaveUp = (problem: ModelProblem) => {
    // Whoever waits is told by the answer that there will not be.
    if (callers === 0) notify("error", describeError(new ModelError(problem)));
  };
  const { accelerated = hasAccelerators(embedded) } = options;
  const onHostEnd = (end: HostEnd, models: number) => {
    if (accelerated) trust.ended(end, settings().acceleration, models);
  };
  const branch = createBranch({ ...options, settings }, { onGaveUp, onHostEnd });
  branch.setIdleTime(current.idleMs);

  const use: Use = async (work, signal) => {
    callers++;
    try {
      await unlessAborted(options.start(), signal);
      return await branch.loader.use(work, signal);
    } catch (error) {
      throw toModelError(error, signal, branch.gaveUp());
    } finally {
      callers--;
    }
  };
  return {
    spec: branch.spec,
    models: createFacade(use, () => branch.loader.current, clock),
    apply(changed) {
      current = changed;
      branch.setIdleTime(changed.idleMs);
    },
  };
}

/** Does something with the loader of this moment, or its successor. Throws ModelError. */
type Use = <T>(work: (loader: Loader) => Promise<T>, signal: AbortSignal) => Promise<T>;

function createFacade(use: Use, current: () => Loader | undefined, clock: Clock): Models {
  const lease = (request: LeaseRequest): Promise<Lease> =>
    use((loader) => loader.lease(request), request.signal);
  const ask = <N extends Operation>(operation: N, given: Operations[N]["given"], options: CallOptions) =>
    use(
      async (loader) => (await loader.host(options.signal)).call(operation, given, options),
      options.signal,
    );
  const loader: ModelLoader = {
    async load(path, options, onProgress, signal) {
      const { model, release } = await lease({ path, options, onProgress, signal });
      release();
      return model;
    },
    // What does not run has nothing loaded.
    unload: async (path) => (await current()?.unload(path)) ?? false,
    loaded: () => current()?.loaded() ?? [],
  };
  const inspection: ModelInspection = {
    info: (path, options, signal) => ask("info", { path, options }, { signal }),
    acceleration: (signal) => ask("acceleration", {}, { signal }),
    bench: (path, options, onRow, signal) =>
      use(async (loader) => {
        const { link, release } = await loader.lease({ path, options, signal });
        const onNews = (news: News) => news.type === "row" && onRow(news.row);
        try {
          return await link.call("bench", { path, options }, { signal, onNews });
        } finally {
          release();
        }
      }, signal),
  };
  return { loader, inspection, generate: (request, signal) => generate({ lease, clock }, request, signal) };
}

function toModelError(error: unknown, signal: AbortSignal, gaveUp: ModelProblem | undefined): ModelError {
  if (signal.aborted) return new ModelError(ABORTED);
  if (error instanceof ServiceGone && gaveUp) return new ModelError(gaveUp);
  const root = rootOf(error);
  return root instanceof ModelError ? root : new ModelError(problemOf(root), { cause: error });
}

/** A start that failed is told by what caused it. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof SupervisorError && root.cause !== undefined) root = root.cause;
  return root;
}

/** Rejects when the signal aborts; what was awaited goes on. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
