/** From what the user configured to an endpoint that can be used, or one line that says what is missing. */
import { ConfigurationError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import type { Endpoint, OpenAiApi, ProviderKind } from "./endpoint.ts";
import { ollamaOrigin, PRESETS, type Preset, quirksOf } from "./presets.ts";

/** One table `[providers.NAME]` of the configuration; every field but the name may be missing. */
export interface ProviderSettings {
  name: string;
  kind?: ProviderKind;
  api?: OpenAiApi;
  cache?: boolean;
  baseUrl?: string;
  apiKey?: string;
  /** Keys of the environment are not for it, as somebody else than the user chose its address. */
  ownKeyOnly?: boolean;
  /** Why it cannot be used: one line. */
  problem?: string;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settles where a provider is and which key it gets: the configuration before the environment before the preset.
 * Throws ConfigurationError for an unknown provider, a bad address, a bad or a missing key.
 */
export function resolveEndpoint(settings: ProviderSettings, env: Environment): Endpoint {
  const { name, problem } = settings;
  if (problem !== undefined) throw new ConfigurationError(problem);
  const preset: Preset | undefined = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  const moved = settings.baseUrl?.trim() || movedByEnvironment(name, preset, env);
  const baseUrl = moved ?? preset?.baseUrl;
  if (baseUrl === undefined) throw unknownProvider(settings);
  const kind = settings.kind ?? preset?.kind ?? "openai";
  const keyVariable = preset?.keyVariables[0];
  const apiKey = findKey(settings, preset, env);
  // At another address there may be a server that needs no key: it will say so if it does.
  if (!apiKey && keyVariable && moved === undefined) throw missingKey(name, keyVariable);
  const checked = checkedUrl(baseUrl, kind, name);
  return {
    name,
    kind,
    api: settings.api ?? (new URL(checked).hostname === "api.openai.com" ? "responses" : "chat"),
    cache: settings.cache ?? true,
    baseUrl: checked,
    quirks: quirksOf(name, checked),
    ...(apiKey ? { apiKey } : {}),
    ...(keyVariable ? { keyVariable } : {}),
    headers: settings.headers ?? {},
  };
}

/** The key for a provider if there is one, trimmed. Throws ConfigurationError when no header could carry it. */
export function findKey(
  settings: ProviderSettings,
  preset: Preset | undefined,
  env: Environment,
): string | undefined {
  const variables = settings.ownKeyOnly ? [] : (preset?.keyVariables ?? []);
  const variable = variables.find((candidate) => env[candidate]?.trim());
  const configured = settings.apiKey?.trim();
  const key = configured || (variable ? env[variable]?.trim() : undefined);
  if (!key || /^[\x21-\x7e]+$/.test(key)) return key;
  const where = configured ? `api_key of [providers.${settings.name}]` : variable;
  throw new ConfigurationError(`${where} holds characters that no key has`, "copy the key again");
}

function movedByEnvironment(name: string, preset: Preset | undefined, env: Environment): string | undefined {
  const host = env.OLLAMA_HOST?.trim();
  if (name === "ollama" && host) {
    const origin = ollamaOrigin(host);
    if (!origin) throw new ConfigurationError(`OLLAMA_HOST is no address: ${shown(host)}`, "write host:port");
    return `${origin}/v1`;
  }
  return preset?.baseUrlVariable ? env[preset.baseUrlVariable]?.trim() || undefined : undefined;
}

function checkedUrl(baseUrl: string, kind: ProviderKind, name: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new ConfigurationError(
      `base_url of [providers.${name}] is not an http or https address: ${shown(baseUrl)}`,
      "write it as http://host:port/v1",
    );
  }
  const trimmed = baseUrl.replace(/\/+$/, "");
  // Anthropic's SDK adds the version itself.
  return kind === "anthropic" ? trimmed.replace(/\/v1$/, "") : trimmed;
}

/** What was meant as an address, without what may be secret in it: credentials, and all that follows the path. */
function shown(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/+)?.*@/is, "$1").replace(/[?#].*$/s, "");
}

function unknownProvider({ name }: ProviderSettings): ConfigurationError {
  const known = Object.keys(PRESETS);
  const near = nearest(name, known);
  const instead = near ? `did you mean ${near}? Else` : `use one of ${known.join(", ")}, or`;
  return new ConfigurationError(`unknown provider ${name}`, `${instead} set base_url in [providers.${name}]`);
}

function missingKey(name: string, keyVariable: string): ConfigurationError {
  return new ConfigurationError(
    `no key for ${name}`,
    `set ${keyVariable} in the environment, or api_key in [providers.${name}], or run mcpchat keys set ${name}`,
  );
}
