/** Models inside this executable: where they are, and how to ask them. Imported only when one of them is meant. */
import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { OwnModels } from "../chat/dialogue.ts";
import type { LocalModelsConfig } from "../config/configuration.ts";
import { type Environment, fromHome, modelsFolderOf } from "../config/paths.ts";
import { fileErrorFrom } from "../lib/file.ts";
import { guarded } from "../llm/guard.ts";
import type { AttemptLimits } from "../llm/limits.ts";
import { createLocalProvider } from "../llm/local/client.ts";
import type { LocalModel } from "../llm/local/request.ts";
import type { ModelRequest, Provider } from "../llm/port.ts";
import { DEMO, isModelPath, LOCAL, type OwnModels as Offered, parseModelName } from "../llm/select.ts";
import { benchFile, bestFor } from "../models/bench-record.ts";
import { embeddedDemo } from "../models/demo/embedded.ts";
import { findModel, newestModel } from "../models/folder/find.ts";
import { readFileName } from "../models/names.ts";
import { ModelError } from "../models/problem.ts";
import { DEFAULT_RETRY } from "../resilience/retry.ts";
import type { App } from "./app.ts";
import { contextFile, contextsFolder, sweepContexts } from "./contexts.ts";
import { advisingDemo, unpackDemo } from "./demo.ts";

/** Signs of life come every second; starting the process and unpacking what it needs takes a while on a slow disk. */
const LIMITS: AttemptLimits = {
  headersMs: 120_000,
  idleMs: 60_000,
  retryHeaders: false,
  advice: "try again, or use a smaller model",
};
/** It is so small that threads only wait for each other: with two of them it takes eight times as long (measured). */
const DEMO_LOAD = { threads: 1, contextSize: 16_384 };
/** A process that crashed twice over the same request crashes again. */
const RETRY = { ...DEFAULT_RETRY, attempts: 2 };

/** A model that can be asked; its file is there. Throws UserError. */
export async function openLocalModel(
  app: App,
  env: Environment,
  name: string,
): Promise<{ provider: Provider; model: string; local: LocalModel }> {
  const configuration = (await app.services.need("config")).current();
  const local = locateModel(app, { name, env, config: configuration.models });
  const provider = createLocalProvider({ models: () => app.models, resolve: () => local });
  const answering = name === DEMO.model ? advisingDemo(provider) : provider;
  return { provider: guarded(answering, { limits: LIMITS, retry: RETRY }), model: name, local };
}

/** What runs without a provider, for who chooses a model because nobody named one. */
export function offeredModels(app: App, env: Environment, config: LocalModelsConfig): Offered {
  return {
    newest: async () => newestModel(folderOf(app, env, config), (line) => app.notify("warn", line))?.name,
    hasDemo: async () => embeddedDemo !== undefined,
    isThere: async (path) => existsSync(resolve(fromHome(path, env))),
  };
}

/** Where models lie. One that is configured and not there has a line to itself: it may be a slip, or not mounted. */
function folderOf(app: App, env: Environment, config: LocalModelsConfig): string {
  const folder = modelsFolderOf(config, app.paths, env);
  if (config.folder !== undefined && !existsSync(folder))
    app.notify("warn", `models.folder: there is no folder ${folder}`);
  return folder;
}

interface Wanted {
  /** What stands behind `local/`. */
  name: string;
  env: Environment;
  config: LocalModelsConfig;
}

/**
 * The file of a model, and how it is to be loaded: as it is configured, else as it was measured to be best. Throws
 * ModelError.
 */
export function locateModel(app: App, { name, env, config }: Wanted): LocalModel {
  const path = pathOf(app, { name, env, config });
  const { contextSize, threads, acceleration } = config;
  return {
    path,
    load: {
      ...(name === DEMO.model && DEMO_LOAD),
      ...bestFor(benchFile(app.paths.dataFolder), path, { notify: app.notify }),
      acceleration,
      ...(contextSize !== undefined && { contextSize }),
      ...(threads !== undefined && { threads }),
    },
  };
}

function pathOf(app: App, { name, env, config }: Wanted): string {
  if (isModelPath(name)) return existing(resolve(fromHome(name, env)));
  if (name === DEMO.model) return demoPath(app);
  return findModel(folderOf(app, env, config), name).path;
}

function demoPath(app: App): string {
  if (embeddedDemo) return unpackDemo(embeddedDemo, app.paths.cacheFolder);
  throw new ModelError({
    code: "missing",
    message: "there is no demo model here",
    advice: "it comes with the executable: build that with npm run build",
  });
}

function existing(path: string): string {
  try {
    const status = statSync(path);
    if (status.isFile()) return path;
    const what = status.isDirectory() ? "is a folder" : "is not a regular file";
    throw new ModelError({ code: "unreadable", message: `${path}: ${what}`, advice: "name a .gguf file" });
  } catch (error) {
    if (error instanceof ModelError) throw error;
    const { problem, message } = fileErrorFrom(path, error);
    const code = problem === "missing" ? "missing" : "unreadable";
    throw new ModelError({ code, message, advice: "name a .gguf file" }, { cause: error });
  }
}

/** The state of the current conversation with a model; kept with the session where there is one that is saved. */
export async function conversationState(
  app: App,
  { path }: LocalModel,
): Promise<ModelRequest["conversation"]> {
  const { id, saved } = (await app.services.need("session")).current();
  if (id === undefined) return undefined;
  const { keepContext } = (await app.services.need("config")).current().models;
  if (!saved || !keepContext) return { id };
  try {
    const folder = contextsFolder(app.paths);
    const file = contextFile(folder, id, path);
    sweepContexts(folder);
    return { id, file };
  } catch {
    // It saves time and nothing else.
    return { id };
  }
}

/** What a chat can do with models beside asking them. */
export function modelControl(app: App, env: Environment): OwnModels {
  const locate = async (name: string) => {
    const { models } = (await app.services.need("config")).current();
    return locateModel(app, { name: nameOf(name), env, config: models });
  };
  return {
    async load(name, onProgress, signal) {
      const { path, load } = await locate(name);
      return app.models.loader.load(path, load, onProgress, signal);
    },
    async unload(name) {
      const { loader } = app.models;
      const loaded = loader.loaded().map(({ path }) => path);
      const found = name === undefined ? loaded : loadedAs(nameOf(name), loaded, env);
      const paths = name === undefined || found.length === 1 ? found : [(await locate(name)).path];
      const unloaded = await Promise.all(
        paths.map(async (path) => ((await loader.unload(path)) ? [path] : [])),
      );
      return unloaded.flat();
    },
    loaded: async () => app.models.loader.loaded(),
    acceleration: async (signal) => app.models.inspection.acceleration(signal),
  };
}

/**
 * Those of the loaded models that a name or a path means, whatever has become of their files. The demo's name is no
 * file's.
 */
function loadedAs(name: string, loaded: readonly string[], env: Environment): readonly string[] {
  if (name === DEMO.model) return [];
  if (isModelPath(name)) return loaded.filter((path) => path === resolve(fromHome(name, env)));
  const bare = (file: string) => readFileName(file)?.name ?? file;
  return loaded.filter((path) => bare(basename(path)) === bare(basename(name)));
}

/** `/loadmodel` takes a name with and without `local/`, and a file. */
function nameOf(name: string): string {
  const parsed = parseModelName(name, (provider) => provider === LOCAL);
  return parsed?.provider === LOCAL ? parsed.model : name;
}
