import { describe, expect, test } from "bun:test";
import { familyOf } from "../../../src/llm/anthropic/families.ts";

describe("a family by its model's name", () => {
  test.each([
    ["claude-3-haiku-20240307", "none", "unsaid", "all", 4096],
    ["claude-3-5-sonnet-latest", "none", "unsaid", "all", 8192],
    ["anthropic/claude-3.5-sonnet", "none", "unsaid", "all", 8192],
    ["claude-3-7-sonnet-latest", "budget", "disabled", "all", 32_000],
    ["claude-sonnet-4-20250514", "budget", "disabled", "all", 32_000],
    ["claude-sonnet-4@20250514", "budget", "disabled", "all", 32_000],
    ["claude-opus-4-1-20250805", "budget", "disabled", "one", 32_000],
    ["claude-haiku-4-5", "budget", "disabled", "one", 64_000],
    ["claude-opus-4-5-20251101", "budget", "disabled", "one", 64_000],
    ["anthropic.claude-opus-4-6-v1", "adaptive", "disabled", "one", 64_000],
    ["anthropic/claude-opus-4.8", "adaptive", "disabled", "none", 64_000],
    ["claude-sonnet-5", "adaptive", "disabled", "none", 64_000],
    ["claude-sonnet-5-5", "adaptive", "between_tools", "none", 64_000],
    ["claude-haiku-5-5", "adaptive", "disabled", "none", 64_000],
    ["claude-opus-5-5", "adaptive", "never", "none", 64_000],
    ["claude-fable-5", "adaptive", "never", "none", 64_000],
    ["claude-mythos-preview", "adaptive", "never", "none", 64_000],
    ["claude-opus-6", "adaptive", "never", "none", 64_000],
    ["deepseek-chat", "budget", "disabled", "all", 8192],
  ] as const)("%s", (model, thinking, off, sampling, maxTokens) => {
    expect(familyOf(model)).toMatchObject({ thinking, off, sampling, maxTokens });
  });

  test.each([
    ["claude-opus-4-1", true],
    ["claude-sonnet-4-1", false],
    ["claude-sonnet-4-20250514", false],
    ["claude-haiku-4-5", true],
    ["claude-next", true],
    ["glm-5", false],
  ] as const)("%s can be held to a schema: %p", (model, schema) => {
    expect(familyOf(model).schema).toBe(schema);
  });

  test.each([
    ["claude-opus-4-6", false, false],
    ["claude-opus-4-7", true, false],
    ["claude-opus-5", true, false],
    ["claude-haiku-5-5", true, false],
    ["claude-opus-5-5", true, true],
    ["claude-fable-5", true, false],
    ["claude-fable-5-1", true, true],
    ["claude-next", true, true],
  ] as const)("%s hides its thoughts: %p, binds them: %p", (model, hidden, bound) => {
    expect(familyOf(model)).toMatchObject({ hidden, bound });
  });
});

test.each([
  ["claude-3-5-haiku-latest", true],
  ["claude-opus-4-1", true],
  ["glm-4.6", true],
  ["claude-haiku-4-5", false],
  ["claude-opus-4-6", false],
  ["claude-next", false],
])("of %s a limit that passes the window is refused: %p", (model, refusesOverflow) => {
  expect(familyOf(model).refusesOverflow).toBe(refusesOverflow);
});
