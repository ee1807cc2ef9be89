/** Prices by hand against the price list; the numbers are those of the providers' pages. */
import { describe, expect, test } from "bun:test";
import { calcPrice } from "@pydantic/genai-prices";
import fc from "fast-check";
import type { ModelSettings } from "../../src/config/configuration.ts";
import type { Usage } from "../../src/lib/conversation.ts";
import { openPriceBook } from "../../src/pricing/book.ts";

const AT = Date.UTC(2026, 8, 1, 12);
const ADDRESSES: Record<string, string> = {
  ollama: "http://127.0.0.1:11434/v1",
  vllm: "http://10.0.0.7:8000/v1",
  renamed: "https://api.openai.com/v1",
  mine: "http://127.0.0.1:8080/v1",
  moved: "https://api.deepseek.com/anthropic",
};

const usageOf = (usage: Partial<Usage>): Usage => ({
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  ...usage,
});

async function cost(
  name: string,
  usage: Partial<Usage>,
  settings: Record<string, ModelSettings> = {},
  at = AT,
) {
  const book = await openPriceBook({ settings, addressOf: (provider) => ADDRESSES[provider] });
  const slash = name.indexOf("/");
  const [provider, model] = [name.slice(0, slash), name.slice(slash + 1)];
  return book.cost({ provider, model, usage: usageOf(usage), at });
}

const million = { input: 1e6, output: 1e6 };

describe("a recorded exchange costs what the price list says", () => {
  test("of Anthropic, whose input leaves out what was cached", async () => {
    // 3, 3.75, 0.3 and 15 dollars a million: 0.006285 + 0.0046275 + 0.0170367 + 0.007545
    const usage = { input: 2095, cacheWrite: 1234, cacheRead: 56_789, output: 503 };
    expect(await cost("anthropic/claude-sonnet-4-5-20250929", usage)).toBeCloseTo(0.0354942, 12);
  });

  test("of OpenAI, whose cached tokens were taken out of its input", async () => {
    // 1.25, 0.125 and 10 dollars a million: (2006 - 1920) * 1.25 + 1920 * 0.125 + 300 * 10
    const usage = { input: 86, cacheRead: 1920, output: 300 };
    expect(await cost("openai/gpt-5-2025-08-07", usage)).toBeCloseTo(0.0033475, 12);
  });

  test("of a model with tiers, for the whole request once it is long", async () => {
    expect(await cost("gemini/gemini-2.5-pro", { input: 200_000, output: 1000 })).toBeCloseTo(0.26, 12);
    expect(await cost("gemini/gemini-2.5-pro", { input: 200_001, output: 1000 })).toBeCloseTo(0.5150025, 12);
    // What was cached makes a request long too.
    const cached = { input: 1, cacheRead: 200_000, output: 0 };
    expect(await cost("gemini/models/gemini-2.5-pro", cached)).toBeCloseTo(0.0500025, 12);
  });

  test("at the price of its day and of its hour", async () => {
    const on = (model: string, at: number) => cost(model, million, {}, at);
    expect(await on("openai/o3", Date.UTC(2025, 5, 9))).toBe(50);
    expect(await on("openai/o3", Date.UTC(2025, 5, 11))).toBe(10);
    expect(await on("deepseek/deepseek-reasoner", Date.UTC(2025, 7, 1, 12))).toBeCloseTo(2.74, 10);
    expect(await on("deepseek/deepseek-reasoner", Date.UTC(2025, 7, 1, 20))).toBeCloseTo(0.685, 10);
  });

  test("and what the provider says itself wins", async () => {
    expect(await cost("openai/gpt-5", { ...million, costUsd: 0.5 })).toBe(0.5);
    expect(await cost("mine/any", { ...million, costUsd: 0 })).toBe(0);
  });
});

describe("under which name a model is listed", () => {
  test.each([
    ["xai/grok-4", 18],
    ["groq/llama-3.3-70b-versatile", 1.38],
    ["together/meta-llama/Llama-3.3-70B-Instruct-Turbo", 1.76],
    ["mistral/mistral-large-2411", 8],
    ["openrouter/openai/gpt-5", 11.25],
    ["openrouter/some/model:free", 0],
    // Not listed at OpenRouter, and sold by its maker alone.
    ["openrouter/openai/gpt-5-2025-08-07", 11.25],
    // Somebody else's name for OpenAI, at OpenAI's address.
    ["renamed/gpt-5", 11.25],
    ["moved/deepseek-v3.2", 0.572],
  ])("%s", async (name, dollars) => {
    expect(await cost(name, million)).toBeCloseTo(dollars, 10);
  });

  test.each([
    "openai/any",
    "anthropic/claude-sonnet-99",
    "mine/gpt-5",
    "nobody/claude-sonnet-4-5",
    "openrouter/openai/gpt-99",
    "openrouter/openai/gpt-5-2025-08-07:nitro",
    "openai/whisper-1",
    "openai/text-embedding-3-small",
    "gemini/gemma-3-27b-it",
    "constructor/toString",
  ])("%s is unknown, not free", async (name) => {
    expect(await cost(name, million)).toBeUndefined();
  });
});

describe("what runs on this machine", () => {
  test.each([
    ["local/demo", 0],
    ["ollama/llama3.2", 0],
    ["ollama/gpt-oss:120b-cloud", undefined],
    ["vllm/llama3.2", undefined],
    ["mine/llama3.2", undefined],
  ])("%s costs %p", async (name, dollars) => {
    expect(await cost(name, million)).toBe(dollars);
  });
});

describe("what the user knows better", () => {
  const usage = { input: 1e6, cacheRead: 2e6, cacheWrite: 1e6, output: 1e6 };

  test("prices a model that is not listed; what is cached costs what input costs where nothing else is said", async () => {
    const settings = { "mine/any": { inputPrice: 1, outputPrice: 4 } };
    expect(await cost("mine/any", usage, settings)).toBe(8);
    const cached = { "mine/any": { inputPrice: 1, outputPrice: 4, cacheReadPrice: 0.1, cacheWritePrice: 2 } };
    expect(await cost("mine/any", usage, cached)).toBeCloseTo(7.2, 10);
    expect(await cost("mine/any", million, { "mine/any": { inputPrice: 0, outputPrice: 0 } })).toBe(0);
  });

  test("replaces one price of a listed model", async () => {
    expect(await cost("openai/gpt-5", million, { "openai/gpt-5": { outputPrice: 1 } })).toBe(2.25);
    expect(await cost("local/big", million, { "local/big": { outputPrice: 1 } })).toBe(1);
  });

  test("half a price is none", async () => {
    expect(await cost("mine/any", million, { "mine/any": { inputPrice: 1 } })).toBeUndefined();
    expect(await cost("mine/any", million, { "mine/any": { cacheReadPrice: 1 } })).toBeUndefined();
  });

  test("comes before the list for windows and answers", async () => {
    const settings = { "openai/gpt-5": { contextWindow: 1000, maxOutput: 10 } };
    const book = await openPriceBook({ settings });
    expect(book.facts("openai", "gpt-5")).toEqual({ contextWindow: 1000, maxOutput: 10 });
    expect(book.facts("openai", "gpt-5-mini")).toEqual({ contextWindow: 400_000, maxOutput: 128_000 });
    expect(book.facts("openrouter", "openai/gpt-5")).toEqual({ contextWindow: 400_000, maxOutput: 128_000 });
    expect(book.facts("mine", "any")).toEqual({});
  });
});

test("tokens that no server counts cost nothing that is known", async () => {
  for (const count of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(await cost("openai/gpt-5", { input: count })).toBeUndefined();
  }
});

test("whatever was used at whatever time costs what the package works out", async () => {
  const book = await openPriceBook({ settings: {} });
  const count = fc.nat({ max: 400_000 });
  const usages = fc.record({ input: count, output: count, cacheRead: count, cacheWrite: count });
  const models = fc.constantFrom("claude-sonnet-4-5", "claude-opus-4-6", "claude-3-5-haiku-latest");
  const moments = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) });
  fc.assert(
    fc.property(models, usages, moments, (model, usage, at) => {
      const { input, output, cacheRead, cacheWrite } = usage;
      const counted = {
        input_tokens: input + cacheRead + cacheWrite,
        output_tokens: output,
        cache_read_tokens: cacheRead,
        cache_write_tokens: cacheWrite,
      };
      const listed = calcPrice(counted, model, { providerId: "anthropic", timestamp: new Date(at) });
      expect(book.cost({ provider: "anthropic", model, usage, at })).toBeCloseTo(
        listed?.total_price ?? -1,
        9,
      );
    }),
  );
});

test("the cost of what is only estimated is not known, but its ceiling is; what is free is free", async () => {
  const book = await openPriceBook({ settings: {} });
  const spent = { provider: "openai", model: "gpt-4o", at: AT };
  const guessed = { ...spent, usage: usageOf({ ...million, estimated: true }) };
  expect(book.cost(guessed)).toBeUndefined();
  expect(book.ceiling(guessed)).toBe(book.cost({ ...spent, usage: usageOf(million) }));
  expect(book.cost({ ...guessed, provider: "local" })).toBe(0);
});
