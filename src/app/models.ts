/** The models inside this executable as a service: what they need is loaded when one is used for the first time. */
import type { ConfigService } from "../config/service.ts";
import type { LocalModels, ModelSettings, ModelsOptions } from "../models/models.ts";
import type { Models } from "../models/port.ts";
import type { ChildSpec } from "../supervisor/spec.ts";

export interface ModelsServiceOptions extends Omit<ModelsOptions, "settings"> {
  config: () => Promise<ConfigService>;
}

export interface ModelsService {
  /** The branch of the tree. */
  spec: ChildSpec;
  models: Models;
}

/** Nothing is loaded, and nothing runs, before somebody asks for something. */
export function modelsService({ config, ...options }: ModelsServiceOptions): ModelsService {
  let opened: LocalModels | undefined;
  const create = async () => {
    const { createModels } = await import("../models/models.ts");
    const service = await config();
    opened = createModels({ ...options, settings: settingsOf(service) });
    service.onChange(() => opened?.apply(settingsOf(service)));
    return opened;
  };
  let opening: Promise<LocalModels> | undefined;
  const open = () => (opening ??= create());
  return {
    spec: {
      id: "models",
      type: "supervisor",
      restart: "transient",
      shutdown: "infinity",
      start: async (context) => (await open()).spec.start(context),
    },
    models: {
      loader: {
        load: async (...request) => (await open()).models.loader.load(...request),
        unload: async (path) => opened?.models.loader.unload(path) ?? false,
        loaded: () => opened?.models.loader.loaded() ?? [],
      },
      inspection: {
        info: async (...request) => (await open()).models.inspection.info(...request),
        acceleration: async (signal) => (await open()).models.inspection.acceleration(signal),
        bench: async (...request) => (await open()).models.inspection.bench(...request),
      },
      async *generate(request, signal) {
        yield* (await open()).models.generate(request, signal);
      },
    },
  };
}

function settingsOf(config: ConfigService): ModelSettings {
  const { acceleration, idleUnloadMs } = config.current().models;
  return { acceleration, idleMs: idleUnloadMs };
}
