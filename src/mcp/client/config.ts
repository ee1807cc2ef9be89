/** A server as the configuration names it, with every variable expanded. */

interface CommonConfig {
  name: string;
  restart: "permanent" | "transient" | "temporary";
  trusted: boolean;
  tools: { allow: readonly string[]; deny: readonly string[] };
  /** Milliseconds for one connection attempt, and for one call. */
  connectTimeoutMs: number;
  callTimeoutMs: number;
  /** Calls that may be in flight at once. */
  maxCalls: number;
  /** Whether the server may ask our model: after a question, always, or never. */
  sampling: "ask" | "allow" | "deny";
  /** Folders that the server is told of; when absent the working folder, or none for one that is not of this machine. */
  roots?: readonly string[];
  /** The least severe messages that the server is asked to send; its own choice when absent. */
  logLevel?: LogLevel;
}

export interface StdioConfig extends CommonConfig {
  transport: "stdio";
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd?: string;
}

export interface RemoteConfig extends CommonConfig {
  /** Streamable HTTP, or the older HTTP with server-sent events. */
  transport: "http" | "sse";
  url: string;
  headers: Readonly<Record<string, string>>;
  oauth: OAuthConfig;
}

export type ServerConfig = StdioConfig | RemoteConfig;

/** What is known beforehand of who we are to an authorization server. */
export interface OAuthConfig {
  clientId?: string;
  clientSecret?: string;
  /** The address of a client-id metadata document, where somebody publishes one for this client. */
  clientMetadataUrl?: string;
  /** Asked for instead of what the server names. */
  scopes?: readonly string[];
  /** The port of the loopback callback; any free one when absent. */
  callbackPort?: number;
}

/** The levels of syslog, as MCP names them, from the least severe. */
export const LOG_LEVELS = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
