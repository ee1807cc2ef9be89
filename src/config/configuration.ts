/**
 * The configuration as the rest of mcpchat sees it: complete, validated, frozen, durations in milliseconds.
 */

import type { RawServer } from "./schema.ts";

export type ContextStrategy = "sliding_window" | "smart" | "summarize";

export interface Configuration {
  /** `PROVIDER/MODEL`; absent when nobody named one. */
  readonly model?: string;
  readonly fallback: readonly string[];
  readonly chat: ChatConfig;
  readonly tools: ToolRules;
  readonly providers: readonly ProviderConfig[];
  readonly models: LocalModelsConfig;
  /** Names that stand for a model, such as `fast`. */
  readonly modelAliases: Readonly<Record<string, string>>;
  /** By `PROVIDER/MODEL`: what the user knows better than the price list. */
  readonly modelSettings: Readonly<Record<string, ModelSettings>>;
  readonly limits: CostLimits;
  readonly attachments: AttachmentsConfig;
  readonly mcp: McpConfig;
  readonly mcpServer: {
    readonly stdioEnabled: boolean;
    readonly sseEnabled: boolean;
    readonly host: string;
    readonly port: number;
  };
  readonly supervisor: { readonly maxRestarts: number; readonly maxSeconds: number };
  /**
   * Where each key's value came from: a file, an environment variable, or `command line`. Keys are written as in
   * the file (`chat.max_turns`); a provider or server is one key (`mcp.servers.files`). Defaults are not listed.
   */
  readonly sources: Readonly<Record<string, string>>;
}

/** Prices are in US dollars for a million tokens. */
export interface ModelSettings {
  /** Tokens. */
  readonly contextWindow?: number;
  /** Tokens of one answer. */
  readonly maxOutput?: number;
  readonly inputPrice?: number;
  readonly outputPrice?: number;
  readonly cacheReadPrice?: number;
  readonly cacheWritePrice?: number;
}

/** In US dollars. */
export interface CostLimits {
  readonly perRun?: number;
  readonly perSession?: number;
  readonly perDay?: number;
}

export interface AttachmentsConfig {
  readonly maxBytes: number;
  /** Whether an attached address may be one of this machine or of a private network. */
  readonly privateUrls: boolean;
}

export interface ChatConfig {
  readonly system?: string;
  readonly context: ContextStrategy;
  readonly maxTurns: number;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly seed?: number;
  /** Texts that end an answer. */
  readonly stop: readonly string[];
  /** How long a model is to think; its provider's own choice when absent. */
  readonly thinking?: "off" | "low" | "medium" | "high";
  /** For a whole run. */
  readonly timeoutMs?: number;
}

/** How models inside the executable are found and run. */
export interface LocalModelsConfig {
  /** Where model files are; a folder in the data folder when absent. */
  readonly folder?: string;
  /** Tokens; chosen for the model when absent. */
  readonly contextSize?: number;
  /** Chosen for this machine when absent. */
  readonly threads?: number;
  readonly acceleration: "auto" | "none";
  /** A model that was not used for so long is unloaded; 0 for never. */
  readonly idleUnloadMs: number;
  /** Whether what was evaluated of a conversation is kept with its session. */
  readonly keepContext: boolean;
}

/** Globs of `server/tool` that need no question, or are always denied. */
export interface ToolRules {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export interface ProviderConfig {
  readonly name: string;
  readonly kind: "anthropic" | "openai";
  /** Which of OpenAI's two interfaces; OpenAI itself gets `responses`, everybody else `chat` when absent. */
  readonly api?: "chat" | "responses";
  /** Whether the provider is asked to keep what it has read of a conversation for a while. */
  readonly cache: boolean;
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** A project's file chose the address: the keys that the user has in the environment are not for it. */
  readonly ownKeyOnly?: boolean;
  /** Why it cannot be used, such as a variable that is not set: one line. */
  readonly problem?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until the response's headers; absent when not set, as what is sensible depends on where it is. */
  readonly headerTimeoutMs?: number;
  /** Milliseconds that a stream may stay silent. */
  readonly idleTimeoutMs: number;
}

export interface McpConfig {
  readonly waitMs: number;
  /** Calls of tools that may be in flight at once, of all servers together. */
  readonly maxCalls: number;
  readonly servers: readonly McpServerConfig[];
}

interface CommonServerConfig {
  readonly name: string;
  readonly enabled: boolean;
  /** Why it cannot be used, such as a variable that is not set; only where it is disabled. */
  readonly problem?: string;
  readonly restart: "permanent" | "transient" | "temporary";
  readonly trusted: boolean;
  /** Globs of tool names that this server may offer. */
  readonly tools: ToolRules;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
  /** Calls of its tools that may be in flight at once. */
  readonly maxCalls: number;
  /** Whether it may ask our model. */
  readonly sampling: "ask" | "allow" | "deny";
  /** Folders that it is told of; when absent the working folder, or none for one that has an address. */
  readonly roots?: readonly string[];
  readonly logLevel?: NonNullable<RawServer["log_level"]>;
}

export interface StdioServerConfig extends CommonServerConfig {
  readonly transport: "stdio";
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface RemoteServerConfig extends CommonServerConfig {
  readonly transport: "http" | "sse";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly oauth: OAuthConfig;
}

/** What is known beforehand of who we are to the authorization server of an MCP server. */
export interface OAuthConfig {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly clientMetadataUrl?: string;
  readonly scopes?: readonly string[];
  readonly callbackPort?: number;
}

export type McpServerConfig = StdioServerConfig | RemoteServerConfig;

const IDLE_TIMEOUT_MS = 60_000;

/** What a provider is when the configuration does not name it. */
export function providerDefaults(name: string): ProviderConfig {
  return {
    name,
    kind: name === "anthropic" ? "anthropic" : "openai",
    cache: true,
    headers: {},
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  };
}

/** The settings of a provider, configured or not. */
export function providerNamed(configuration: Configuration, name: string): ProviderConfig {
  return configuration.providers.find((provider) => provider.name === name) ?? providerDefaults(name);
}
