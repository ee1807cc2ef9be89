/** What providers answer when they are asked for their models, read. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readAnthropic } from "../../../src/llm/listing/anthropic.ts";
import { readCompatible, withoutFolder } from "../../../src/llm/listing/compatible.ts";
import { inOrder } from "../../../src/llm/listing/listed-model.ts";
import { readLmStudio, readShown, readTags } from "../../../src/llm/listing/own-servers.ts";

describe("of servers that speak OpenAI's API", () => {
  test.each([
    ["OpenAI", { id: "gpt-5", object: "model", created: 1, owned_by: "openai" }, { name: "gpt-5" }],
    [
      "OpenRouter",
      {
        id: "anthropic/claude-sonnet-4.5",
        context_length: 1_000_000,
        architecture: { output_modalities: ["text"] },
        pricing: { prompt: "0.000003", completion: "0.000015" },
        top_provider: { context_length: 1_000_000, max_completion_tokens: 64_000 },
      },
      {
        name: "anthropic/claude-sonnet-4.5",
        contextWindow: 1_000_000,
        maxOutput: 64_000,
        inputPrice: 3,
        outputPrice: 15,
      },
    ],
    [
      "OpenRouter, for nothing",
      { id: "x/y:free", pricing: { prompt: "0", completion: "0" } },
      { name: "x/y:free", inputPrice: 0, outputPrice: 0 },
    ],
    [
      "OpenRouter, at the price of whoever answers",
      { id: "openrouter/auto", context_length: 2_000_000, pricing: { prompt: "-1", completion: "-1" } },
      { name: "openrouter/auto", contextWindow: 2_000_000 },
    ],
    [
      "Mistral",
      { id: "mistral-large", max_context_length: 131_072, capabilities: { completion_chat: true } },
      { name: "mistral-large", contextWindow: 131_072 },
    ],
    [
      "Groq",
      { id: "llama", context_window: 131_072, max_completion_tokens: 32_768, active: true },
      { name: "llama", contextWindow: 131_072, maxOutput: 32_768 },
    ],
    ["vLLM", { id: "Qwen/Qwen3", max_model_len: 40_960 }, { name: "Qwen/Qwen3", contextWindow: 40_960 }],
    ["llama.cpp", { id: "gguf", meta: { n_ctx_train: 32_768 } }, { name: "gguf", contextWindow: 32_768 }],
    ["numbers that are none", { id: "x", context_length: "many", pricing: { prompt: "?" } }, { name: "x" }],
    ["numbers that cannot be", { id: "x", context_length: -1, max_model_len: 1.5 }, { name: "x" }],
  ])("%s", (_, entry, model) => {
    expect(readCompatible({ object: "list", data: [entry] })).toEqual([model]);
  });

  test("Together answers a bare list, with prices for a million", () => {
    const sold = { id: "a", type: "chat", context_length: 8192, pricing: { input: 0.88, output: 0.9 } };
    const hired = { id: "b", type: "chat", pricing: { hourly: 0, input: 0, output: 0 } };
    const free = { id: "c-Free", type: "chat", pricing: { input: 0, output: 0 } };
    expect(readCompatible([sold, hired, free])).toEqual([
      { name: "a", contextWindow: 8192, inputPrice: 0.88, outputPrice: 0.9 },
      { name: "b" },
      { name: "c-Free", inputPrice: 0, outputPrice: 0 },
    ]);
  });

  test.each([
    { id: "x", capabilities: { completion_chat: false } },
    { id: "x", active: false },
    { id: "x", type: "embedding" },
    { id: "x", type: "Image" },
    { id: "x", architecture: { output_modalities: ["image"] } },
    { id: "" },
    { name: 3 },
    "x",
    null,
  ])("%j is no model for a chat", (entry) => {
    expect(readCompatible({ data: [entry] })).toEqual([]);
  });

  test("Gemini's names come with a folder", () => {
    const models = readCompatible({ data: [{ id: "models/gemini-2.5-flash" }] }) ?? [];
    expect(withoutFolder(models)).toEqual([{ name: "gemini-2.5-flash" }]);
  });
});

test("Anthropic's pages lead to each other", () => {
  const data = [{ type: "model", id: "claude-a", max_input_tokens: 200_000, max_tokens: 64_000 }];
  expect(readAnthropic({ data, has_more: true, last_id: "claude-a" })).toEqual({
    models: [{ name: "claude-a", contextWindow: 200_000, maxOutput: 64_000 }],
    after: "claude-a",
  });
  const last = { data: [{ id: "claude-b", max_input_tokens: null }], has_more: false, last_id: "claude-b" };
  expect(readAnthropic(last)).toEqual({ models: [{ name: "claude-b" }] });
});

test("Ollama names its models, and says of each how much it holds", () => {
  expect(readTags({ models: [{ name: "qwen3:8b" }, { model: "llama3" }, {}] })).toEqual([
    "qwen3:8b",
    "llama3",
  ]);
  const info = { "general.architecture": "qwen3", "qwen3.context_length": 40_960 };
  expect(readShown("qwen3:8b", { model_info: info, capabilities: ["completion", "tools"] })).toEqual({
    name: "qwen3:8b",
    contextWindow: 40_960,
  });
  expect(readShown("old", {})).toEqual({ name: "old" });
  expect(readShown("bge", { model_info: info, capabilities: ["embedding"] })).toBeUndefined();
});

test("LM Studio says what is loaded, and how much of it", () => {
  const data = [
    { id: "a", type: "llm", state: "loaded", max_context_length: 131_072, loaded_context_length: 4096 },
    { id: "b", type: "vlm", state: "not-loaded", max_context_length: 32_768 },
    { id: "c", type: "embeddings", state: "not-loaded" },
  ];
  expect(readLmStudio({ data })).toEqual([
    { name: "a", contextWindow: 4096, loaded: true },
    { name: "b", contextWindow: 32_768, loaded: false },
  ]);
});

test("whatever is sent, nothing is thrown, and names are names", () => {
  const entry = fc.oneof(
    fc.anything(),
    fc.record(
      {
        id: fc.anything(),
        context_length: fc.anything(),
        pricing: fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom("prompt", "input"), fc.anything())),
      },
      { requiredKeys: [] },
    ),
  );
  const body = fc.oneof(fc.anything(), fc.array(entry), fc.record({ data: fc.array(entry) }));
  fc.assert(
    fc.property(body, (value) => {
      const read = [readCompatible(value), readAnthropic(value)?.models, readLmStudio(value)];
      for (const { name, contextWindow = 1, inputPrice = 0 } of read.flatMap((models) => models ?? [])) {
        expect(name).not.toBe("");
        expect(contextWindow).toBeGreaterThan(0);
        expect(inputPrice).toBeGreaterThanOrEqual(0);
      }
      readTags(value);
      readShown("x", value);
    }),
  );
});

test("each name is there once, in order", () => {
  expect(inOrder([{ name: "b" }, { name: "a" }, { name: "b", contextWindow: 1 }])).toEqual([
    { name: "a" },
    { name: "b", contextWindow: 1 },
  ]);
});
