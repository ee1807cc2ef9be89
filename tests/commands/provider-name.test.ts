import { expect, test } from "bun:test";
import { knownProvider } from "../../src/commands/provider-name.ts";
import { providerNames } from "../../src/llm/select.ts";

const KNOWN = providerNames([{ name: "gpu" }, { name: "openai" }, { name: "local" }]);

test("providers are those with a preset and those that are configured, but not the models in here", () => {
  expect(KNOWN).toContain("anthropic");
  expect(KNOWN.filter((name) => name === "openai")).toEqual(["openai"]);
  expect(KNOWN).toContain("gpu");
  expect(KNOWN).not.toContain("local");
});

test("one that is misspelt is told with the nearest", () => {
  expect(knownProvider("gpu", KNOWN)).toBe("gpu");
  expect(() => knownProvider("opnai", KNOWN)).toThrow(
    expect.objectContaining({
      message: "unknown provider opnai",
      advice: "did you mean openai?",
      exitCode: 2,
    }),
  );
});

test("a key in the wrong place is not shown", () => {
  const key = "sk-0123456789abcdefghijklmnop";
  expect(() => knownProvider(key, KNOWN)).toThrow(expect.objectContaining({ message: "unknown provider" }));
});
