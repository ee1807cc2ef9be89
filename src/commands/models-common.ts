/** What the commands about models share. */
import type { App } from "../app/app.ts";
import type { LocalModelsConfig } from "../config/configuration.ts";
import { type Environment, modelsFolderOf } from "../config/paths.ts";
import { UsageError } from "../lib/errors.ts";
import type { LoadOptions } from "../models/port.ts";
import { COMMON_OPTIONS } from "./options.ts";

export const JSON_OPTIONS = {
  json: { type: "boolean", description: "As JSON" },
  ...COMMON_OPTIONS,
} as const;

/** The provider under whose name these models are talked to. */
export const PROVIDER = "local";

export async function modelsConfig(app: App): Promise<LocalModelsConfig> {
  return (await app.services.need("config")).current().models;
}

/** Where models lie, as configured. */
export async function modelsFolder(app: App, env: Environment): Promise<string> {
  return modelsFolderOf(await modelsConfig(app), app.paths, env);
}

/** A name as `-m` takes it, or as the folder has it: without `local/`. */
export function bareName(name: string): string {
  return name.startsWith(`${PROVIDER}/`) ? name.slice(PROVIDER.length + 1) : name;
}

/** The name behind a command that needs one. Throws UsageError. */
export function neededName(command: string, name: string | undefined): string {
  if (name !== undefined && name !== "") return bareName(name);
  throw new UsageError(`models ${command} needs a name`, "see mcpchat models list");
}

/** The file of a model, named or as a path, and how the configuration wants it to be loaded. Throws UserError. */
export async function locate(
  app: App,
  env: Environment,
  name: string,
): Promise<{ path: string; load: LoadOptions }> {
  const { locateModel } = await import("../app/local-model.ts");
  return locateModel(app, { name, env, config: await modelsConfig(app) });
}
