/**
 * Reads the configuration: the user's file, the project's `.mcp.json` and `.mcpchat.toml` above it, then the environment, then the command line.
 */
import path from "node:path";
import { ConfigurationError, UsageError } from "../lib/errors.ts";
import { readTextFileIfAny } from "../lib/file.ts";
import type { Configuration } from "./configuration.ts";
import { environmentLayers } from "./environment.ts";
import { expandTree } from "./expand.ts";
import { MODEL_FORM, mayNameModel } from "./forms.ts";
import { COMMAND_LINE, type Layer, type Merged } from "./layers.ts";
import { mergeWithAliases } from "./model-aliases.ts";
import type { Environment, Paths } from "./paths.ts";
import { configurationError, orConfigurationError } from "./problem.ts";
import { type TrustedFile, trustedProject } from "./project.ts";
import { LARGEST_FILE_BYTES } from "./project-folder.ts";
import { resolveConfiguration } from "./resolve.ts";
import type { RawConfiguration } from "./schema.ts";
import { parsedTree } from "./toml.ts";

export interface LoadOptions {
  paths: Pick<Paths, "configFile" | "trustFile">;
  cwd: string;
  env: Environment;
  /** `--config FILE`: takes the place of the user's file, and has to exist. Relative to `cwd`. */
  configFile?: string;
  /** What the command line said, above everything else. Names and units as in the file. */
  overrides?: RawConfiguration;
  /** The providers that need no configuration: asked for where a name has to be checked, nothing is when absent. */
  knownProviders?: () => Promise<readonly string[]>;
}

export interface Loaded {
  configuration: Configuration;
  /** Files whose change, or appearance, may change the result. */
  files: string[];
  /** Lines for the user, such as that a project's file is not trusted. */
  notices: string[];
}

/**
 * Loads the configuration. Throws ConfigurationError, its line naming file, key and what it should be; UsageError
 * for an override.
 */
export async function loadConfiguration(options: LoadOptions): Promise<Loaded> {
  const user = options.configFile ? path.resolve(options.cwd, options.configFile) : options.paths.configFile;
  const project = trustedProject(options.cwd, options.paths.trustFile);
  const { toml, servers } = project;
  // The very texts that are trusted: the files may be others by now.
  const foreign = servers && (await projectServers(servers, options.env));
  const layers = [
    ...(await fileLayers(user, options.env, options.configFile !== undefined)),
    ...(foreign?.layers ?? []),
    ...(toml ? await textLayers(toml.file, toml.text, options.env) : []),
    ...environmentLayers(options.env),
    ...overrideLayers(options.overrides),
  ];
  const merged = mergeWithAliases(layers);
  return {
    configuration: resolveConfiguration(merged, toml?.file),
    files: [user, ...project.files],
    notices: [
      ...project.notices,
      ...(foreign?.notices ?? []),
      ...(await strangers(merged, options.knownProviders)),
    ],
  };
}

/** A line for each name whose provider nobody knows, of names that may not be used for a long time. */
async function strangers(
  merged: Merged,
  knownProviders: LoadOptions["knownProviders"],
): Promise<readonly string[]> {
  const { fallback = [], models } = merged.values;
  if (!knownProviders || (fallback.length === 0 && !models?.settings)) return [];
  // Here and not above: most runs name none.
  const { unknownProviders } = await import("./unknown-providers.ts");
  return unknownProviders(merged, await knownProviders());
}

/**
 * Checks one file by itself, as `mcpchat config validate FILE` does. It may mean the aliases that the user's own file
 * has. Throws ConfigurationError, as above.
 */
export async function checkFile(file: string, env: Environment, userFile?: string): Promise<void> {
  const layers = await fileLayers(file, env, true);
  const aliases = userFile === undefined ? [] : await aliasesIn(userFile, env);
  mergeWithAliases([...aliases, ...layers]);
}

/** None where that file is no good: it is not the one that is checked. */
async function aliasesIn(file: string, env: Environment): Promise<Layer[]> {
  try {
    const layers = await fileLayers(file, env, false);
    return layers.map(({ source, values }) => ({ source, values: { models: { ...pickAliases(values) } } }));
  } catch (error) {
    if (error instanceof ConfigurationError) return [];
    throw error;
  }
}

function pickAliases({ models }: RawConfiguration): Pick<NonNullable<RawConfiguration["models"]>, "aliases"> {
  return models?.aliases ? { aliases: models.aliases } : {};
}

async function fileLayers(file: string, env: Environment, mustExist: boolean): Promise<Layer[]> {
  const text = readConfiguration(file);
  if (text === undefined && mustExist) throw new ConfigurationError(`${file}: there is no such file`);
  return text === undefined ? [] : textLayers(file, text, env);
}

async function textLayers(file: string, text: string, env: Environment): Promise<Layer[]> {
  return text.trim() === "" ? [] : treeLayers(file, parsedTree(file, text), env);
}

async function treeLayers(file: string, tree: unknown, env: Environment): Promise<Layer[]> {
  const expanded = expandTree(tree, env);
  if ("problems" in expanded) throw configurationError(file, expanded.problems);
  // Here and not above: a run without a file never loads zod.
  const { checkConfiguration } = await import("./schema.ts");
  const checked = checkConfiguration(expanded.value);
  if ("problems" in checked) throw configurationError(file, checked.problems);
  const unset = Object.entries(expanded.unset).map(([key, problems]) => {
    return [key, configurationError(file, problems).message];
  });
  return [{ source: file, values: checked.values, unset: Object.fromEntries(unset) }];
}

async function projectServers({ file, text }: TrustedFile, env: Environment) {
  // Here and not above: most folders have no such file.
  const { projectServersTree } = await import("./mcp-json.ts");
  const { tree, notices } = projectServersTree(file, text, env);
  return { layers: await treeLayers(file, tree, env), notices };
}

function readConfiguration(file: string): string | undefined {
  return orConfigurationError(() => readTextFileIfAny(file, LARGEST_FILE_BYTES));
}

function overrideLayers(overrides: RawConfiguration | undefined): Layer[] {
  if (!overrides) return [];
  const { model, fallback = [] } = overrides;
  if (model !== undefined) requireModel("--model", model);
  for (const name of fallback) requireModel("--fallback", name);
  return [{ source: COMMAND_LINE, values: overrides }];
}

/** Throws UsageError for what cannot even be an alias. */
function requireModel(option: string, name: string): void {
  if (mayNameModel(name)) return;
  if (name.trim() === "") throw new UsageError(`${option} takes ${MODEL_FORM.what}, not nothing`);
  throw new UsageError(`${option} ${name}: should be ${MODEL_FORM.what}`);
}
