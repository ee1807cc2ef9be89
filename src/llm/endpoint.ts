/** Where a provider is and how it is spoken to, settled from presets, configuration and environment. */
import type { Quirks } from "./quirks.ts";

export type ProviderKind = "anthropic" | "openai";

/** Of OpenAI's kind: the Responses API, or Chat Completions, which everybody else speaks. */
export type OpenAiApi = "chat" | "responses";

export interface Endpoint {
  /** The name before the slash in `PROVIDER/MODEL`. */
  name: string;
  kind: ProviderKind;
  /** Which of OpenAI's two; says nothing of Anthropic's kind. */
  api: OpenAiApi;
  /** Whether the provider may be asked to keep what it has read, where that has to be asked for. */
  cache: boolean;
  /** Without a slash at the end; for OpenAI's kind with its `/v1`, for Anthropic's without. */
  baseUrl: string;
  /** Absent for servers that need none. */
  apiKey?: string;
  /** The environment variable that can hold the key, for messages. */
  keyVariable?: string;
  /** Where it differs from OpenAI, for who speaks Chat Completions. */
  quirks: Quirks;
  /** Sent with every request. */
  headers: Readonly<Record<string, string>>;
}
