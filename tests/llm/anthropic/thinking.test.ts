import { describe, expect, test } from "bun:test";
import { callFor } from "./recipients.ts";

const BINDING = { block_binding: { prefix_mismatch_behavior: "drop_block" } };
const seen = { type: "adaptive", display: "summarized" };

describe("how long a model is to think", () => {
  test.each([
    ["claude-sonnet-4-5", "low", 4096],
    ["claude-3-7-sonnet-latest", "medium", 12_288],
    ["claude-opus-4-5", "high", 24_576],
    ["kimi-k3", "low", 4096],
  ] as const)("%s, %s: a budget of %d", (model, effort, budget) => {
    const { body, notices } = callFor({ model, effort });
    expect(body.thinking).toEqual({ type: "enabled", budget_tokens: budget });
    expect(body.max_tokens).toBeGreaterThan(budget);
    expect(body.output_config).toBeUndefined();
    expect(notices).toEqual([]);
  });

  test.each([
    [30_000, 24_576],
    [20_000, 18_976],
    [1500, 1024],
    [1025, 1024],
  ])("of %d tokens in all, %d are for thinking", (maxTokens, budget) => {
    const { body } = callFor({ model: "claude-sonnet-4-5", effort: "high", maxTokens });
    expect(body.thinking).toEqual({ type: "enabled", budget_tokens: budget });
  });

  test("too few tokens for any thought are told", () => {
    const { body, notices } = callFor({ model: "claude-sonnet-4-5", effort: "low", maxTokens: 1024 });
    expect(body.thinking).toBeUndefined();
    expect(notices).toEqual(["claude-sonnet-4-5 cannot think within 1024 tokens: thinking is left out"]);
  });

  test("newer models think as they see fit, with as much effort as they are told", () => {
    const older = callFor({ model: "claude-opus-4-6", effort: "medium" });
    expect(older.body).toMatchObject({ thinking: { type: "adaptive" }, output_config: { effort: "medium" } });
    const newer = callFor({ model: "claude-sonnet-5", effort: "high" });
    expect(newer.body).toMatchObject({ thinking: seen, output_config: { effort: "high" } });
    expect([older.betas, newer.betas]).toEqual([[], []]);
  });

  test("a model of tomorrow is asked as the latest are", () => {
    const { body } = callFor({ model: "claude-opus-7", effort: "low" });
    expect(body).toMatchObject({ thinking: seen, output_config: { effort: "low" } });
  });

  test("a model that cannot think says so", () => {
    const { body, notices } = callFor({ model: "claude-3-5-haiku-latest", effort: "low" });
    expect(body.thinking).toBeUndefined();
    expect(notices).toEqual(["claude-3-5-haiku-latest does not think: thinking is left out"]);
  });

  test.each(["claude-3-haiku-20240307", "claude-sonnet-4-5", "claude-opus-5", "kimi-k3"])(
    "nothing is said to %s that nobody has set",
    (model) => {
      const { body } = callFor({ model });
      expect(body).not.toHaveProperty("thinking");
      expect(body).not.toHaveProperty("output_config");
    },
  );
});

describe("thinking off", () => {
  test.each([
    ["claude-sonnet-4-5", { type: "disabled" }],
    ["claude-opus-5", { type: "disabled" }],
    ["claude-sonnet-5-5", { type: "between_tools" }],
    ["claude-3-haiku-20240307", undefined],
  ] as const)("%s", (model, thinking) => {
    const { body, notices } = callFor({ model, effort: "off" });
    expect(body.thinking).toEqual(thinking as never);
    expect(body.output_config).toBeUndefined();
    expect(notices).toEqual([]);
  });

  test("a model that always thinks is asked to think little, and the user knows", () => {
    const { body, notices } = callFor({ model: "claude-opus-5-5", effort: "off" });
    expect(body).toMatchObject({ thinking: seen, output_config: { effort: "low" } });
    expect(notices).toEqual(["claude-opus-5-5 always thinks: asked to think little"]);
  });
});

describe("a model that binds its thoughts to what was said before", () => {
  test("passes over those that no longer fit, and shows the others", () => {
    const { body, betas } = callFor({ model: "claude-opus-5-5" });
    expect(body.thinking as unknown).toEqual({ ...seen, ...BINDING });
    expect(betas).toEqual(["thinking-binding-controls-2026-08-01"]);
  });

  test("is asked for nothing that somebody else may not know", () => {
    const { body, betas } = callFor({ model: "claude-opus-5-5" }, { origin: "https://proxy.test" });
    expect(body.thinking as unknown).toEqual(seen);
    expect(betas).toEqual([]);
  });
});

describe("how tokens are chosen", () => {
  const all = { temperature: 0.5, sampling: { topP: 0.9, topK: 40 } };

  test("is left out while a model thinks, and told", () => {
    const { body, notices } = callFor({ model: "claude-opus-4-6", effort: "low", ...all });
    for (const key of ["temperature", "top_p", "top_k"]) expect(body).not.toHaveProperty(key);
    expect(notices).toEqual([
      "claude-opus-4-6 takes no temperature and no top_p and no top_k while it thinks: left out",
    ]);
  });

  test("is left out for models that refuse it", () => {
    const { body, notices } = callFor({ model: "claude-opus-5", temperature: 0 });
    expect(body).not.toHaveProperty("temperature");
    expect(notices).toEqual(["claude-opus-5 takes no temperature: left out"]);
  });

  test("as models do anyway is nothing to tell", () => {
    const { body, notices } = callFor({ model: "claude-opus-5", temperature: 1, sampling: { topP: 1 } });
    expect(body).not.toHaveProperty("temperature");
    expect(notices).toEqual([]);
  });

  test("is by temperature or top_p since Opus 4.1", () => {
    const { body, notices } = callFor({ model: "claude-sonnet-4-5", ...all });
    expect(body).toMatchObject({ temperature: 0.5, top_k: 40 });
    expect(notices).toEqual(["claude-sonnet-4-5 takes no top_p beside a temperature: left out"]);
    expect(callFor({ model: "claude-sonnet-4-5", sampling: { topP: 0.9 } }).body.top_p).toBe(0.9);
  });

  test("is all taken by models before", () => {
    const { body } = callFor({ model: "claude-sonnet-4-20250514", ...all });
    expect(body).toMatchObject({ temperature: 0.5, top_p: 0.9, top_k: 40 });
  });
});
