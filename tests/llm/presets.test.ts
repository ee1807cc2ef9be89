/** Which API is spoken, and what is odd about who speaks it. */
import { describe, expect, test } from "bun:test";
import { quirksOf } from "../../src/llm/presets.ts";
import { USUAL_QUIRKS } from "../../src/llm/quirks.ts";
import { type Environment, type ProviderSettings, resolveEndpoint } from "../../src/llm/settings.ts";

describe("the API", () => {
  const apiOf = (settings: ProviderSettings, env: Environment = {}) => resolveEndpoint(settings, env).api;

  test.each<[ProviderSettings, Environment, string]>([
    [{ name: "openai" }, { OPENAI_API_KEY: "k" }, "responses"],
    [{ name: "work", baseUrl: "https://API.openai.com/v1/" }, {}, "responses"],
    [{ name: "openai" }, { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" }, "chat"],
    [{ name: "openai", baseUrl: "http://127.0.0.1:9/v1" }, {}, "chat"],
    [{ name: "openai", api: "chat" }, { OPENAI_API_KEY: "k" }, "chat"],
    [{ name: "gpu", baseUrl: "http://gpu:8000/v1", api: "responses" }, {}, "responses"],
    [{ name: "ollama" }, {}, "chat"],
    [{ name: "eve", baseUrl: "https://api.openai.com.evil.test/v1" }, {}, "chat"],
  ])("of %j with %j is %s", (settings, env, api) => {
    expect<string>(apiOf(settings, env)).toBe(api);
  });
});

test("the provider may keep what it read unless it is told not to", () => {
  expect(resolveEndpoint({ name: "ollama" }, {}).cache).toBe(true);
  expect(resolveEndpoint({ name: "ollama", cache: false }, {}).cache).toBe(false);
});

describe("what is odd", () => {
  test("goes by the host, whatever the name", () => {
    expect(quirksOf("work", "https://openrouter.ai/api/v1")).toMatchObject({ tellsCost: true });
    expect(quirksOf("openai", "https://api.mistral.ai/v1")).toMatchObject({ callIds: "nine" });
  });

  test("goes by the name where the host is nobody's, as a proxy hands on what it gets", () => {
    expect(quirksOf("mistral", "http://proxy.test/v1")).toMatchObject({ callIds: "nine" });
  });

  test("is nothing of OpenAI's for what only has its name", () => {
    expect(quirksOf("openai", "http://127.0.0.1:9/v1")).toEqual(USUAL_QUIRKS);
    expect(quirksOf("constructor", "http://127.0.0.1:9/v1")).toEqual(USUAL_QUIRKS);
  });
});
