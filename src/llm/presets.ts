/** Providers known by name: where they are, which variables say so, and what is odd about them. Data, not code. */
import type { ProviderKind } from "./endpoint.ts";
import { type Quirks, USUAL_QUIRKS } from "./quirks.ts";

export interface Preset {
  kind: ProviderKind;
  baseUrl: string;
  /** Variables that may hold the key, in order; none for servers on the user's own machine. */
  keyVariables: readonly string[];
  /** The variable that moves the provider elsewhere. */
  baseUrlVariable?: string;
  /** Where it differs from the usual. */
  quirks?: Partial<Quirks>;
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
    quirks: { limitField: "max_completion_tokens", effort: "openai", pdf: "file" },
  },
  // By this API it takes no size of its context: it has the one that it was started with.
  ollama: {
    kind: "openai",
    baseUrl: `${LOCAL}:11434/v1`,
    keyVariables: [],
    quirks: { effort: "levels" },
  },
  lmstudio: { kind: "openai", baseUrl: `${LOCAL}:1234/v1`, keyVariables: [] },
  vllm: { kind: "openai", baseUrl: `${LOCAL}:8000/v1`, keyVariables: [] },
  openrouter: remote("https://openrouter.ai/api/v1", ["OPENROUTER_API_KEY"], {
    effort: "object",
    pdf: "file",
    tellsCost: true,
  }),
  // It refuses fields that it does not know, `seed` among them.
  gemini: remote(
    "https://generativelanguage.googleapis.com/v1beta/openai",
    ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    { seedField: "none", effort: "levels", thoughtsApart: true },
  ),
  mistral: remote("https://api.mistral.ai/v1", ["MISTRAL_API_KEY"], {
    asksForUsage: false,
    seedField: "random_seed",
    effort: "switch",
    pdf: "document_url",
    callIds: "nine",
    afterTools: "assistant",
  }),
  groq: remote("https://api.groq.com/openai/v1", ["GROQ_API_KEY"], { effort: "levels" }),
  deepseek: remote("https://api.deepseek.com/v1", ["DEEPSEEK_API_KEY"], {
    seedField: "none",
    effort: "thinking",
    format: "json_object",
    thoughts: "plain",
  }),
  xai: remote("https://api.x.ai/v1", ["XAI_API_KEY"], { effort: "levels", thoughtsApart: true }),
  together: remote("https://api.together.xyz/v1", ["TOGETHER_API_KEY"]),
};

function remote(baseUrl: string, keyVariables: readonly string[], quirks: Partial<Quirks> = {}): Preset {
  return { kind: "openai", baseUrl, keyVariables, quirks };
}

/**
 * What is odd about the server at `baseUrl`: by its host, else by the name it is configured under, as a proxy hands
 * requests on. But what has OpenAI's name and is elsewhere is one of the many that imitate it.
 */
export function quirksOf(name: string, baseUrl: string): Quirks {
  const { host } = new URL(baseUrl);
  const there = Object.values(PRESETS).find((preset) => new URL(preset.baseUrl).host === host);
  const named = name !== "openai" && Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  return { ...USUAL_QUIRKS, ...(there ?? named)?.quirks };
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
