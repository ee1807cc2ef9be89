/** Under which names the price list knows a model, and which models cost nothing. Pure. */
import { isLoopback } from "../lib/loopback.ts";
import type { ModelName } from "./port.ts";

/** A provider and a model as the price list calls them. */
export interface Listing {
  providerId: string;
  model: string;
}

/** Our names of providers; whoever sells under one of them sells at its prices, through a gateway too. */
const PROVIDER_IDS: Readonly<Record<string, string>> = {
  anthropic: "anthropic",
  openai: "openai",
  openrouter: "openrouter",
  gemini: "google",
  mistral: "mistral",
  groq: "groq",
  deepseek: "deepseek",
  xai: "x-ai",
  together: "together",
};

/** Their models are sold by themselves alone, so that OpenRouter passes on their prices. */
const SOLE_SELLERS: readonly string[] = ["anthropic", "openai", "google", "x-ai"];

const OWN_SERVERS: readonly string[] = ["ollama", "lmstudio", "vllm"];

/** Where a model may be listed, the likeliest first. `atAddress` is who the price list says is at the provider's address. */
export function listingsOf({ provider, model }: ModelName, atAddress?: string): Listing[] {
  const named = Object.hasOwn(PROVIDER_IDS, provider) ? PROVIDER_IDS[provider] : undefined;
  const ids = [...new Set([atAddress, named])].filter((id) => id !== undefined);
  return ids.flatMap((providerId) => [
    { providerId, model: providerId === "google" ? model.replace(/^models\//, "") : model },
    ...(providerId === "openrouter" ? passedOn(model) : []),
  ]);
}

/** A variant, which is what follows a colon, may have another price. */
function passedOn(model: string): Listing[] {
  const [seller = "", name = ""] = model.split("/");
  return SOLE_SELLERS.includes(seller) && !name.includes(":") ? [{ providerId: seller, model: name }] : [];
}

/** Whether a listing without a price is a gift: OpenRouter says so in the name. */
export function isGift({ providerId, model }: Listing): boolean {
  return providerId === "openrouter" && model.endsWith(":free");
}

/**
 * Whether it runs on this machine, where it costs nothing: inside this executable, or in a server that is made for that,
 * at this machine's own address. Ollama's `-cloud` models run elsewhere.
 */
export function runsHere({ provider, model }: ModelName, address: string | undefined): boolean {
  if (provider === "local") return true;
  if (!OWN_SERVERS.includes(provider) || /[-:]cloud$/.test(model)) return false;
  return address !== undefined && URL.canParse(address) && isLoopback(new URL(address).hostname);
}
