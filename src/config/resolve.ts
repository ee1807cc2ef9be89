/**
 * From what the layers said to what is in force: defaults applied, seconds made milliseconds, frozen. Pure.
 */
import {
  type ChatConfig,
  type Configuration,
  type LocalModelsConfig,
  type McpServerConfig,
  type ModelSettings,
  type OAuthConfig,
  type ProviderConfig,
  providerDefaults,
  type ToolRules,
} from "./configuration.ts";
import type { Merged } from "./layers.ts";
import { keyPath } from "./problem.ts";
import type { RawConfiguration, RawModelSettings, RawProvider, RawServer } from "./schema.ts";

const WAIT_SECONDS = 10;
const CONNECT_SECONDS = 30;
const CALL_SECONDS = 60;
const MOST_CALLS = 32;
const MOST_CALLS_OF_SERVER = 8;
const IDLE_UNLOAD_SECONDS = 600;
/** Of the attachments of a message: Anthropic takes 32 MB in one request, and base64 makes 31 MB of these. */
const MOST_ATTACHED_BYTES = 22 * 1024 * 1024;

/** The configuration in force; `projectFile` is the source that is the project's. The result is frozen all the way down. */
export function resolveConfiguration(
  { values, sources, unset }: Merged,
  projectFile?: string,
): Configuration {
  const problemOf = (...path: string[]) => present("problem", unset[keyPath(path)]);
  const ofProject = (name: string) =>
    projectFile !== undefined && sources[keyPath(["providers", name])] === projectFile;
  return deepFreeze({
    ...present("model", values.model),
    fallback: values.fallback ?? [],
    chat: chatFrom(values.chat ?? {}),
    tools: rulesFrom(values.tools),
    providers: Object.entries(values.providers ?? {}).map(([name, raw]) => ({
      ...providerFrom(name, raw),
      ...(raw.base_url !== undefined && ofProject(name) && { ownKeyOnly: true }),
      ...problemOf("providers", name),
    })),
    models: modelsFrom(values.models ?? {}),
    modelAliases: values.models?.aliases ?? {},
    modelSettings: Object.fromEntries(
      Object.entries(values.models?.settings ?? {}).map(([name, raw]) => [name, modelSettingsFrom(raw)]),
    ),
    limits: {
      ...present("perRun", values.limits?.per_run),
      ...present("perSession", values.limits?.per_session),
      ...present("perDay", values.limits?.per_day),
    },
    attachments: {
      maxBytes: values.attachments?.max_bytes ?? MOST_ATTACHED_BYTES,
      privateUrls: values.attachments?.private_urls ?? false,
    },
    mcp: {
      waitMs: milliseconds(values.mcp?.wait ?? WAIT_SECONDS),
      maxCalls: values.mcp?.max_calls ?? MOST_CALLS,
      servers: Object.entries(values.mcp?.servers ?? {}).map(([name, raw]) => ({
        ...serverFrom(name, raw),
        ...problemOf("mcp", "servers", name),
      })),
    },
    mcpServer: mcpServerFrom(values.mcp_server ?? {}),
    supervisor: {
      maxRestarts: values.supervisor?.max_restarts ?? 5,
      maxSeconds: values.supervisor?.max_seconds ?? 60,
    },
    sources: { ...sources },
  });
}

function chatFrom(raw: NonNullable<RawConfiguration["chat"]>): ChatConfig {
  return {
    ...present("system", raw.system),
    context: raw.context ?? "smart",
    maxTurns: raw.max_turns ?? 25,
    ...present("maxTokens", raw.max_tokens),
    ...present("temperature", raw.temperature),
    ...present("topP", raw.top_p),
    ...present("topK", raw.top_k),
    ...present("minP", raw.min_p),
    ...present("seed", raw.seed),
    stop: raw.stop ?? [],
    ...present("thinking", raw.thinking),
    ...present("timeoutMs", raw.timeout === undefined ? undefined : milliseconds(raw.timeout)),
  };
}

function modelsFrom(raw: NonNullable<RawConfiguration["models"]>): LocalModelsConfig {
  return {
    ...present("folder", raw.folder),
    ...present("contextSize", raw.context_size),
    ...present("threads", raw.threads),
    acceleration: raw.acceleration ?? "auto",
    idleUnloadMs: milliseconds(raw.idle_unload ?? IDLE_UNLOAD_SECONDS),
    keepContext: raw.keep_context ?? true,
  };
}

function modelSettingsFrom(raw: RawModelSettings): ModelSettings {
  return {
    ...present("contextWindow", raw.context_window),
    ...present("maxOutput", raw.max_output),
    ...present("inputPrice", raw.input_price),
    ...present("outputPrice", raw.output_price),
    ...present("cacheReadPrice", raw.cache_read_price),
    ...present("cacheWritePrice", raw.cache_write_price),
  };
}

function providerFrom(name: string, raw: RawProvider): ProviderConfig {
  const defaults = providerDefaults(name);
  return {
    name,
    kind: raw.kind ?? defaults.kind,
    ...present("api", raw.api),
    cache: raw.cache ?? defaults.cache,
    ...present("baseUrl", raw.base_url),
    ...present("apiKey", raw.api_key),
    headers: raw.headers ?? defaults.headers,
    ...present("headerTimeoutMs", raw.header_timeout ? milliseconds(raw.header_timeout) : undefined),
    idleTimeoutMs: raw.idle_timeout ? milliseconds(raw.idle_timeout) : defaults.idleTimeoutMs,
  };
}

function serverFrom(name: string, raw: RawServer): McpServerConfig {
  const common = {
    name,
    enabled: raw.enabled ?? true,
    restart: raw.restart ?? "permanent",
    trusted: raw.trusted ?? false,
    tools: rulesFrom(raw.tools),
    connectTimeoutMs: milliseconds(raw.connect_timeout ?? CONNECT_SECONDS),
    callTimeoutMs: milliseconds(raw.call_timeout ?? CALL_SECONDS),
    maxCalls: raw.max_calls ?? MOST_CALLS_OF_SERVER,
    sampling: raw.sampling ?? "ask",
    ...present("roots", raw.roots),
    ...present("logLevel", raw.log_level),
  };
  if (raw.url !== undefined) {
    const transport = raw.transport === "sse" ? "sse" : "http";
    return { ...common, transport, url: raw.url, headers: raw.headers ?? {}, oauth: oauthFrom(raw) };
  }
  return {
    ...common,
    transport: "stdio",
    command: raw.command ?? "",
    args: raw.args ?? [],
    env: raw.env ?? {},
    ...present("cwd", raw.cwd),
  };
}

function oauthFrom({ oauth = {} }: RawServer): OAuthConfig {
  return {
    ...present("clientId", oauth.client_id),
    ...present("clientSecret", oauth.client_secret),
    ...present("clientMetadataUrl", oauth.client_metadata_url),
    ...present("scopes", oauth.scopes),
    ...present("callbackPort", oauth.callback_port),
  };
}

function mcpServerFrom(raw: NonNullable<RawConfiguration["mcp_server"]>): Configuration["mcpServer"] {
  return {
    stdioEnabled: raw.stdio_enabled ?? false,
    sseEnabled: raw.sse_enabled ?? false,
    host: raw.host ?? "127.0.0.1",
    port: raw.port ?? 8080,
  };
}

function rulesFrom(raw: RawConfiguration["tools"]): ToolRules {
  return { allow: raw?.allow ?? [], deny: raw?.deny ?? [] };
}

/** Rounded up, as a limit above nothing must not become nothing. */
function milliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000);
}

/** An object with the key, or without it: `exactOptionalPropertyTypes` tells the two apart. */
function present<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  // A computed key is widened to string; the type above says what it is.
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<Key, Value>>;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
