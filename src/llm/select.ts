/** Which model to ask, when the user said so and when not. */
import { type Clock, systemClock } from "../lib/clock.ts";
import { ConfigurationError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { entryOf, fields, list, text } from "./fields.ts";
import { PRESETS } from "./presets.ts";
import { type Environment, findKey, type ProviderSettings, resolveEndpoint } from "./settings.ts";
import type { Fetch } from "./wire.ts";

export interface ModelName {
  provider: string;
  model: string;
}

/** The provider of the models that run inside this executable. */
export const LOCAL = "local";
/** The model that it brings along. */
export const DEMO: ModelName = { provider: LOCAL, model: "demo" };

/**
 * `PROVIDER/MODEL`, split at the first slash, as models have slashes too, or a path: one that begins as paths do, or
 * ends in `.gguf`; undefined when a part is missing. What stands before the slash is a folder only if no provider has
 * that name. A path is told from a name in the models folder by how it begins: a relative one gets its `./`.
 */
export function parseModelName(
  name: string,
  isProvider: (name: string) => boolean = () => true,
): ModelName | undefined {
  const path = name.trim();
  if (isModelPath(path)) return { provider: LOCAL, model: path };
  const slash = name.indexOf("/");
  const provider = name.slice(0, Math.max(0, slash)).trim();
  const model = name.slice(slash + 1).trim();
  if (/\.gguf$/i.test(model) && !(provider && isProvider(provider))) {
    return { provider: LOCAL, model: `./${path}` };
  }
  return slash > 0 && provider && model ? { provider, model } : undefined;
}

/** Whether what stands for a local model is a path, and not a name in the models folder. */
export function isModelPath(model: string): boolean {
  return /^(?:\.{0,2}[\\/]|~[\\/]|[a-z]:[\\/])/i.test(model);
}

/** The settings of a provider: as configured, else just its name, which a preset may know. */
export function settingsFor(provider: string, configured: readonly ProviderSettings[]): ProviderSettings {
  return configured.find((settings) => settings.name === provider) ?? { name: provider };
}

/** Those with a preset, and those that are configured; not the models in here. */
export function providerNames(configured: readonly { name: string }[]): string[] {
  const names = [...Object.keys(PRESETS), ...configured.map(({ name }) => name)];
  return [...new Set(names)].filter((name) => name !== LOCAL);
}

export interface ChooseOptions {
  /** What the user named, by a flag, the environment or the configuration. */
  named?: string | undefined;
  providers: readonly ProviderSettings[];
  /** Names that stand for a model, which is not an alias itself. */
  aliases?: Readonly<Record<string, string>>;
  env: Environment;
  /** Whether there is a key for a provider that neither the configuration nor the environment has. */
  hasStoredKey?: (provider: string) => boolean;
  fetch: (origin: string) => Fetch;
  signal: AbortSignal;
  /** What can run inside this executable; nothing when absent. */
  own?: OwnModels;
  clock?: Clock;
}

/** The models that need no provider. */
export interface OwnModels {
  /** The name of the newest in the models folder. */
  newest(): Promise<string | undefined>;
  /** Whether this executable brings the demo along; one that is run from its sources does not. */
  hasDemo(): Promise<boolean>;
  /** Whether there is something at this path. */
  isThere(path: string): Promise<boolean>;
}

/** Used with nothing configured, in this order, by who has a key. */
const DEFAULT_MODELS: readonly ModelName[] = [
  { provider: "anthropic", model: "claude-sonnet-4-5" },
  { provider: "openai", model: "gpt-5" },
];

/** Ollama answers within a few milliseconds where it runs. */
const OLLAMA_WAIT_MS = 300;

/**
 * The model to ask: the one named, by an alias or not, else the first that can be used: a provider's that there is a key for, the newest
 * in the models folder, Ollama's first, the demo. Throws ConfigurationError when the name is malformed or nothing can
 * be used.
 */
export async function chooseModel(options: ChooseOptions): Promise<ModelName> {
  const { named, providers, own } = options;
  const isProvider = (name: string) =>
    name === LOCAL || Object.hasOwn(PRESETS, name) || providers.some((provider) => provider.name === name);
  if (named) return nameOrFile(named, isProvider, options);
  const keyed = DEFAULT_MODELS.find(({ provider }) => hasKey(provider, options));
  if (keyed) return keyed;
  const newest = await own?.newest();
  if (newest !== undefined) return { provider: LOCAL, model: newest };
  const served = await firstOllamaModel(options);
  if (served) return { provider: "ollama", model: served };
  if (await own?.hasDemo()) return DEMO;
  throw new ConfigurationError(
    "no model to talk to",
    "set ANTHROPIC_API_KEY or OPENAI_API_KEY, keep a key with mcpchat keys set, get a model with mcpchat models pull, start Ollama with one, or name one with -m PROVIDER/MODEL",
  );
}

/** Other programs keep models in files without an ending: what names no provider may be one of them. */
async function nameOrFile(
  written: string,
  isProvider: (name: string) => boolean,
  { aliases = {}, own }: Pick<ChooseOptions, "aliases" | "own">,
): Promise<ModelName> {
  const named = entryOf(aliases, written.trim()) ?? written;
  const parsed = parseModelName(named, isProvider) ?? malformed(named, aliases);
  if (isProvider(parsed.provider)) return parsed;
  const path = `./${named.trim()}`;
  return (await own?.isThere(path)) ? { provider: LOCAL, model: path } : parsed;
}

function malformed(named: string, aliases: Readonly<Record<string, string>>): never {
  const near = nearest(named.trim(), Object.keys(aliases));
  const form = "write PROVIDER/MODEL, such as openai/gpt-5, or the path of a .gguf file";
  throw new ConfigurationError(`not a model: ${named}`, near ? `did you mean ${near}?` : form);
}

function hasKey(provider: string, { providers, env, hasStoredKey }: ChooseOptions): boolean {
  const settings = settingsFor(provider, providers);
  if (findKey(settings, PRESETS[provider], env) !== undefined) return true;
  return !settings.ownKeyOnly && (hasStoredKey?.(provider) ?? false);
}

/** The first model that a reachable Ollama has; undefined when there is none. */
async function firstOllamaModel(options: ChooseOptions): Promise<string | undefined> {
  const { providers, env, fetch, clock = systemClock } = options;
  const { origin } = new URL(resolveEndpoint(settingsFor("ollama", providers), env).baseUrl);
  const limit = new AbortController();
  const cancel = clock.setTimer(OLLAMA_WAIT_MS, () => limit.abort());
  try {
    const signal = AbortSignal.any([limit.signal, options.signal]);
    const response = await fetch(origin)(`${origin}/api/tags`, { signal });
    const first = fields(list(fields(await response.json()).models)[0]);
    return text(first.name) || undefined;
  } catch {
    options.signal.throwIfAborted();
    return undefined;
  } finally {
    cancel();
  }
}
