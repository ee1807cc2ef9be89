/**
 * The price list: a maintained package, and what the user's configuration knows better. Loading it takes some
 * milliseconds and megabytes, so that it is opened where prices are wanted, and nowhere else.
 */
import type { ModelSettings } from "../config/configuration.ts";
import type { Usage } from "../lib/conversation.ts";
import { isGift, type Listing, listingsOf, runsHere } from "./listing.ts";
import { longestOutput } from "./outputs.ts";
import type { ModelName, PriceBook, Spent } from "./port.ts";

export interface PriceBookOptions {
  /** By `PROVIDER/MODEL`. */
  settings: Readonly<Record<string, ModelSettings>>;
  /** Where a provider is, as far as that is known. */
  addressOf?: (provider: string) => string | undefined;
}

type Package = typeof import("@pydantic/genai-prices");
/** By unit, such as `input_mtok` for a million tokens; a price may rise with the size of a request. */
type Prices = Extract<ReturnType<Package["calcPrice"]>, object>["model_price"];

export async function openPriceBook({ settings, addressOf }: PriceBookOptions): Promise<PriceBook> {
  const list = await import("@pydantic/genai-prices");
  const listings = (name: ModelName) => listingsOf(name, sellerAt(list, addressOf?.(name.provider)));
  const own = ({ provider, model }: ModelName): ModelSettings => settings[`${provider}/${model}`] ?? {};
  return {
    facts(provider, model) {
      const { contextWindow, maxOutput } = own({ provider, model });
      const window = contextWindow ?? lookUp(list, listings({ provider, model }), Date.now())?.window;
      const longest = maxOutput ?? longestOutput(model);
      return {
        ...(window !== undefined && { contextWindow: window }),
        ...(longest !== undefined && { maxOutput: longest }),
      };
    },
    cost: (spent) => {
      // What costs nothing costs nothing however much of it there was.
      const ceiling = costOf(spent);
      return spent.usage.estimated && ceiling !== 0 ? undefined : ceiling;
    },
    ceiling: costOf,
  };

  function costOf(spent: Spent): number | undefined {
    const { usage, at } = spent;
    if (usage.costUsd !== undefined) return usage.costUsd;
    if (!isSensible(usage)) return undefined;
    const override = overridden(own(spent));
    const isFree = runsHere(spent, addressOf?.(spent.provider));
    const base = isFree ? NOTHING : lookUp(list, listings(spent), at)?.prices;
    const prices = { ...base, ...override };
    // A list that names only what speech or pictures cost does not know what an answer costs.
    if (prices.input_mtok === undefined || prices.output_mtok === undefined) return undefined;
    return total(list, prices, spent);
  }
}

const NOTHING: Prices = { input_mtok: 0, output_mtok: 0 };

/** Who is at an address, as the price list calls it. */
function sellerAt({ findProvider }: Package, address: string | undefined): string | undefined {
  return address === undefined ? undefined : findProvider({ providerApiUrl: address })?.id;
}

interface Found {
  prices: Prices;
  window?: number | undefined;
}

/** The prices at that moment. */
function lookUp({ calcPrice }: Package, listings: readonly Listing[], at: number): Found | undefined {
  for (const listing of listings) {
    const { providerId, model } = listing;
    const found = calcPrice(tokens(NO_TOKENS), model, { providerId, timestamp: new Date(at) });
    if (!found && !isGift(listing)) continue;
    return {
      prices: isGift(listing) ? NOTHING : (found?.model_price ?? {}),
      window: found?.model.context_window,
    };
  }
  return undefined;
}

const NO_TOKENS: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

function overridden({ inputPrice, outputPrice, cacheReadPrice, cacheWritePrice }: ModelSettings): Prices {
  return {
    ...(inputPrice !== undefined && { input_mtok: inputPrice }),
    ...(outputPrice !== undefined && { output_mtok: outputPrice }),
    ...(cacheReadPrice !== undefined && { cache_read_mtok: cacheReadPrice }),
    ...(cacheWritePrice !== undefined && { cache_write_mtok: cacheWritePrice }),
  };
}

/** The package works it out, tiers and all: what has no price of its own is charged as what it is a part of. */
function total({ calcPrice }: Package, prices: Prices, { usage, at }: Spent): number | undefined {
  const model = { id: "model", match: { equals: "model" }, prices };
  const provider = { id: "provider", name: "", api_pattern: "", models: [model] };
  return calcPrice(tokens(usage), "model", { provider, timestamp: new Date(at) })?.total_price;
}

/** The package counts cached tokens among those of the input, we count them apart. */
function tokens({ input, output, cacheRead, cacheWrite }: Usage): Record<string, number> {
  return {
    input_tokens: input + cacheRead + cacheWrite,
    output_tokens: output,
    cache_read_tokens: cacheRead,
    cache_write_tokens: cacheWrite,
  };
}

/** A server may say anything. */
function isSensible({ input, output, cacheRead, cacheWrite }: Usage): boolean {
  return [input, output, cacheRead, cacheWrite].every((count) => Number.isFinite(count) && count >= 0);
}
