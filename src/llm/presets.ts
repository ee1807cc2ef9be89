/** Providers known by name: a preset only sets where they are and which variables say so. */
import type { ProviderKind } from "./endpoint.ts";

export interface Preset {
  kind: ProviderKind;
  baseUrl: string;
  /** Variables that may hold the key, in order; none for servers on the user's own machine. */
  keyVariables: readonly string[];
  /** The variable that moves the provider elsewhere. */
  baseUrlVariable?: string;
}

const LOCAL = "http://127.0.0.1";

export const PRESETS: Readonly<Record<string, Preset>> = {
  anthropic: {
    kind: "anthropic",
    baseUrl: "https://api.anthropic.com",
    keyVariables: ["ANTHROPIC_API_KEY"],
    baseUrlVariable: "ANTHROPIC_BASE_URL",
  },
  openai: {
    kind: "openai",
    baseUrl: "https://api.openai.com/v1",
    keyVariables: ["OPENAI_API_KEY"],
    baseUrlVariable: "OPENAI_BASE_URL",
  },
  ollama: { kind: "openai", baseUrl: `${LOCAL}:11434/v1`, keyVariables: [] },
  lmstudio: { kind: "openai", baseUrl: `${LOCAL}:1234/v1`, keyVariables: [] },
  vllm: { kind: "openai", baseUrl: `${LOCAL}:8000/v1`, keyVariables: [] },
  openrouter: remote("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
  gemini: remote(
    "https://generativelanguage.googleapis.com/v1beta/openai",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
  ),
  mistral: remote("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
  groq: remote("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
  deepseek: remote("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
  xai: remote("https://api.x.ai/v1", "XAI_API_KEY"),
  together: remote("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
};

function remote(baseUrl: string, ...keyVariables: string[]): Preset {
  return { kind: "openai", baseUrl, keyVariables };
}

/**
 * Ollama's address from OLLAMA_HOST, read as Ollama reads it: `host`, `:port`, `host:port` or a URL; the port is
 * 11434, or the scheme's where one is written. An address to listen on everywhere is reached on this machine.
 * Undefined when it is no address.
 */
export function ollamaOrigin(host: string): string | undefined {
  const hasScheme = /^https?:\/\//.test(host);
  const written = hasScheme ? host : `http://${host.startsWith(":") ? `127.0.0.1${host}` : host}`;
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  if (!hasScheme && url.port === "" && !/:80$/.test(host)) url.port = "11434";
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  return url.origin;
}
