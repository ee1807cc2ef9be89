/** The small parts of OpenAI's mapping. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import { nineCharacterIds } from "../../../src/llm/openai/call-ids.ts";
import { isReasoning, levelFor } from "../../../src/llm/openai/effort.ts";
import { fromSignature, toSignature } from "../../../src/llm/openai/reasoning.ts";
import { canBeStrict } from "../../../src/llm/openai/schema.ts";
import { usageOf } from "../../../src/llm/openai/usage.ts";
import { PRESETS, quirksOf } from "../../../src/llm/presets.ts";
import { USUAL_QUIRKS } from "../../../src/llm/quirks.ts";
import { CLOSED } from "./requests.ts";

test("ids become nine letters and digits each, as different as they were, the same every time", () => {
  const id = fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9]{9}$/), fc.constantFrom("call_1", "x"));
  fc.assert(
    fc.property(fc.uniqueArray(id), (ids) => {
      const nine = nineCharacterIds(ids);
      const given = ids.map(nine);
      expect(new Set(given).size).toBe(ids.length);
      for (const [index, one] of given.entries()) {
        expect(one).toMatch(/^[a-zA-Z0-9]{9}$/);
        if (one !== ids[index]) expect(ids[index]).not.toMatch(/^[a-zA-Z0-9]{9}$/);
      }
      expect(ids.map(nineCharacterIds(ids))).toEqual(given);
    }),
  );
});

describe("the levels of OpenAI's models", () => {
  test.each([
    ["gpt-5", ["minimal", "low", "medium", "high"]],
    ["gpt-5-2025-08-07", ["minimal", "low", "medium", "high"]],
    ["gpt-5-mini", ["minimal", "low", "medium", "high"]],
    ["gpt-5.1", ["none", "low", "medium", "high"]],
    ["gpt-5.5", ["none", "low", "medium", "high"]],
    ["gpt-6-astra", ["none", "low", "medium", "high"]],
    ["gpt-5-codex", ["low", "low", "medium", "high"]],
    ["gpt-5.2-pro", ["medium", "medium", "medium", "high"]],
    ["gpt-5-pro", ["high", "high", "high", "high"]],
    ["o4-mini", ["low", "low", "medium", "high"]],
    ["gpt-4.1", [undefined, undefined, undefined, undefined]],
    ["ft:gpt-4o-mini:acme::x", [undefined, undefined, undefined, undefined]],
    ["gpt-5-chat-latest", [undefined, undefined, undefined, undefined]],
  ])("%s", (model, levels) => {
    const told = (["off", "low", "medium", "high"] as const).map((effort) => levelFor(model, effort));
    expect<unknown>(told).toEqual(levels);
    expect(isReasoning(model)).toBe(levels[0] !== undefined);
  });
});

describe("a schema that OpenAI can be strict about", () => {
  const closed = (properties: JsonObject): JsonObject => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });

  test.each<[string, JsonObject]>([
    ["closed", CLOSED],
    ["empty", closed({})],
    ["nested", closed({ list: { type: "array", items: closed({ a: { enum: ["x", "y"] } }) } })],
    ["with choices", closed({ a: { anyOf: [{ type: "string" }, closed({})] } })],
    ["with definitions", { ...closed({ a: { $ref: "#/$defs/a" } }), $defs: { a: closed({}) } }],
  ])("%s", (_, schema) => {
    expect(canBeStrict(schema)).toBe(true);
  });

  test.each<[string, JsonObject]>([
    ["nothing said of more properties", { ...CLOSED, additionalProperties: true }],
    ["an optional property", { ...CLOSED, required: [] }],
    ["a list at the root", { type: "array", items: CLOSED }],
    ["a choice at the root", { ...CLOSED, anyOf: [CLOSED] }],
    ["an open one inside", closed({ a: { type: "object" } })],
    ["an open one in a list", closed({ a: { type: "array", items: { properties: {} } } })],
    ["an open definition", { ...CLOSED, $defs: { a: { type: ["object", "null"] } } }],
    ["a keyword that it does not know", closed({ a: { type: "string", default: "x" } })],
    ["allOf", closed({ a: { allOf: [CLOSED] } })],
    ["anything at all", closed({ a: true })],
  ])("is not one with %s", (_, schema) => {
    expect(canBeStrict(schema)).toBe(false);
  });
});

test("a signature holds any reasoning, for who encrypted it alone", () => {
  const some = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(some, some, (id, encrypted) => {
      const signature = toSignature({ id, encrypted }, "https://a.test");
      expect(fromSignature(signature, "https://a.test")).toEqual({ id, encrypted });
      expect(fromSignature(signature, "https://b.test")).toBeUndefined();
    }),
  );
});

describe("usage", () => {
  test("of DeepSeek has its own name for what was read from the cache", () => {
    const usage = { prompt_tokens: 100, completion_tokens: 5, prompt_cache_hit_tokens: 64 };
    expect(usageOf(usage, USUAL_QUIRKS)).toEqual({ input: 36, output: 5, cacheRead: 64, cacheWrite: 0 });
  });

  test("of xAI leaves out what was thought, but for the total", () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 115 };
    expect(usageOf(usage, quirksOf("xai", PRESETS.xai?.baseUrl ?? ""))).toMatchObject({ output: 105 });
    expect(usageOf(usage, USUAL_QUIRKS)).toMatchObject({ output: 5 });
  });

  test("of OpenRouter says what it cost, and what who has a key of their own pays elsewhere", () => {
    const openrouter = quirksOf("openrouter", PRESETS.openrouter?.baseUrl ?? "");
    const usage = {
      prompt_tokens: 194,
      completion_tokens: 2,
      cost: 0.95,
      cost_details: { upstream_inference_cost: 19 },
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 100 },
    };
    expect(usageOf(usage, openrouter)).toEqual({
      input: 94,
      output: 2,
      cacheRead: 0,
      cacheWrite: 100,
      costUsd: 0.95,
    });
    expect(usageOf({ ...usage, is_byok: true }, openrouter)?.costUsd).toBe(19.95);
    expect(usageOf({ ...usage, cost: undefined }, openrouter)).not.toHaveProperty("costUsd");
    expect(usageOf(usage, USUAL_QUIRKS)).not.toHaveProperty("costUsd");
  });
});
