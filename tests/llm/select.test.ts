import { describe, expect, test } from "bun:test";
import { ConfigurationError } from "../../src/lib/errors.ts";
import { createProvider } from "../../src/llm/create.ts";
import { ollamaOrigin } from "../../src/llm/presets.ts";
import { chooseModel, isModelPath, type OwnModels, parseModelName } from "../../src/llm/select.ts";
import { type Environment, type ProviderSettings, resolveEndpoint } from "../../src/llm/settings.ts";
import { says } from "../fixtures/model-server/script.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import { ask, pooled, requestOf, textOf, WIRES } from "./ask.ts";

function configurationError(run: () => unknown): ConfigurationError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("no error");
}

test.each([
  ["openai/gpt-5", { provider: "openai", model: "gpt-5" }],
  ["openrouter/meta/llama-4:free", { provider: "openrouter", model: "meta/llama-4:free" }],
  ["gpt-5", undefined],
  ["openai/", undefined],
  ["", undefined],
])("%p names %j", (name, expected) => {
  expect(parseModelName(name)).toEqual(expected);
});

test.each([
  ["local/qwen3-0.6b", "qwen3-0.6b"],
  ["local/owner/qwen3-0.6b", "owner/qwen3-0.6b"],
  // With its ending it is still a name in the models folder.
  ["local/qwen3-0.6b.gguf", "qwen3-0.6b.gguf"],
  ["m.gguf", "./m.gguf"],
  ["models/two words.GGUF", "./models/two words.GGUF"],
  ["./m.gguf", "./m.gguf"],
  ["../m.gguf", "../m.gguf"],
  ["/models/m.gguf", "/models/m.gguf"],
  ["~/models/m.gguf", "~/models/m.gguf"],
  ["C:\\models\\m.gguf", "C:\\models\\m.gguf"],
  // Other programs keep models under names without an ending.
  ["./blobs/sha256-1", "./blobs/sha256-1"],
  ["~/blobs/sha256-1", "~/blobs/sha256-1"],
  ["/sha256-1", "/sha256-1"],
])("%p names a model inside the executable", (name, model) => {
  const isProvider = (candidate: string) => ["local", "ollama"].includes(candidate);
  expect(parseModelName(name, isProvider)).toEqual({ provider: "local", model });
  // As it is shown, it can be typed again.
  expect(parseModelName(`local/${model}`, isProvider)).toEqual({ provider: "local", model });
  expect(isModelPath(model)).toBe(!name.startsWith("local/"));
});

test("what stands before the slash is a provider if there is one of that name, else a folder", async () => {
  const choose = (named: string, providers: ProviderSettings[] = []) =>
    chooseModel({ named, providers, env: {}, fetch: pooled, signal: new AbortController().signal });
  const theirs = { provider: "ollama", model: "hf.co/a/b.gguf" };
  expect(await choose("ollama/hf.co/a/b.gguf")).toEqual(theirs);
  expect(await choose("gpu/m.gguf")).toEqual({ provider: "local", model: "./gpu/m.gguf" });
  expect(await choose("gpu/m.gguf", [{ name: "gpu" }])).toEqual({ provider: "gpu", model: "m.gguf" });
  expect(await choose("./ollama/m.gguf")).toEqual({ provider: "local", model: "./ollama/m.gguf" });
});

describe("an endpoint", () => {
  test.each<[ProviderSettings, Environment, object]>([
    [{ name: "openai" }, { OPENAI_API_KEY: " k\n" }, { baseUrl: "https://api.openai.com/v1", apiKey: "k" }],
    [{ name: "openai", apiKey: "mine" }, { OPENAI_API_KEY: "k" }, { apiKey: "mine" }],
    [
      { name: "openai" },
      { OPENAI_BASE_URL: "http://127.0.0.1:9/v1/", OPENAI_API_KEY: "k" },
      { baseUrl: "http://127.0.0.1:9/v1", apiKey: "k" },
    ],
    [
      { name: "anthropic", baseUrl: "http://proxy/v1/" },
      { ANTHROPIC_BASE_URL: "http://other" },
      { kind: "anthropic", baseUrl: "http://proxy" },
    ],
    [{ name: "anthropic" }, { ANTHROPIC_BASE_URL: "http://other" }, { baseUrl: "http://other" }],
    [{ name: "gemini" }, { GOOGLE_API_KEY: "g" }, { kind: "openai", apiKey: "g" }],
    [{ name: "ollama" }, {}, { baseUrl: "http://127.0.0.1:11434/v1" }],
    [{ name: "ollama" }, { OLLAMA_HOST: "0.0.0.0" }, { baseUrl: "http://127.0.0.1:11434/v1" }],
    [{ name: "gpu", baseUrl: "http://gpu:8000/v1" }, {}, { kind: "openai", baseUrl: "http://gpu:8000/v1" }],
  ])("%j with %j", (settings, env, expected) => {
    expect(resolveEndpoint(settings, env)).toMatchObject(expected);
  });

  test.each<[ProviderSettings, Environment, string]>([
    [{ name: "openai" }, { OPENAI_API_KEY: " " }, "no key for openai; set OPENAI_API_KEY in the environment"],
    [{ name: "anthropic" }, {}, "or api_key in [providers.anthropic]"],
    [{ name: "opanai" }, {}, "unknown provider opanai; did you mean openai?"],
    [{ name: "gpu", kind: "openai" }, {}, "set base_url in [providers.gpu]"],
    [{ name: "constructor" }, {}, "unknown provider constructor"],
    [{ name: "gpu", baseUrl: "gpu:8000" }, {}, "base_url of [providers.gpu] is not an http or https address"],
    [{ name: "ollama" }, { OLLAMA_HOST: "::::" }, "OLLAMA_HOST is no address"],
    [{ name: "openai" }, { OPENAI_API_KEY: "sk-a b" }, "OPENAI_API_KEY holds characters that no key has"],
    [{ name: "gpu", baseUrl: "http://gpu", apiKey: "ключ" }, {}, "api_key of [providers.gpu] holds"],
  ])("%j with %j cannot work", (settings, env, words) => {
    const error = configurationError(() => resolveEndpoint(settings, env));
    expect(error.exitCode).toBe(3);
    expect(`${error.message}; ${error.advice}`).toContain(words);
  });

  test("an unusable key is not shown", () => {
    const error = configurationError(() => resolveEndpoint({ name: "openai", apiKey: "se cret" }, {}));
    expect(`${error.message} ${error.advice}`).not.toContain("cret");
  });

  test("at an address that the user wrote no key is demanded: the server may need none", () => {
    const settings = { name: "openai", baseUrl: "http://127.0.0.1:9/v1" };
    expect(resolveEndpoint(settings, {})).not.toHaveProperty("apiKey");
  });

  test.each([
    ["localhost", "http://localhost:11434"],
    ["localhost:1234", "http://localhost:1234"],
    [":1234", "http://127.0.0.1:1234"],
    ["http://box", "http://box"],
    ["https://box:8443/", "https://box:8443"],
    ["http://0.0.0.0:11434", "http://127.0.0.1:11434"],
    ["[::1]:1234", "http://[::1]:1234"],
  ])("OLLAMA_HOST=%s is %s", (host, origin) => {
    expect(ollamaOrigin(host)).toBe(origin);
  });
});

test.each([...WIRES])("without a key %s sends none", async (wire) => {
  const server = startModelServer([says("hi")]);
  try {
    const baseUrl = wire === "anthropic" ? server.url : server.openaiUrl;
    const settings = { name: "mine", kind: wire, baseUrl, headers: { "x-team": "blue" } };
    const provider = createProvider(settings, { fetch: pooled, env: {} });
    expect(textOf(await ask(provider, requestOf()))).toBe("hi");
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(server.requests[0]?.headers).toMatchObject({ "x-team": "blue" });
  } finally {
    await server.stop();
  }
});

test("the pool is asked for the provider's origin", async () => {
  const server = startModelServer([says("hi")]);
  const origins: string[] = [];
  const fetchFor = (origin: string) => {
    origins.push(origin);
    return pooled();
  };
  try {
    const settings = { name: "mine", baseUrl: `${server.url}/v1` };
    await ask(createProvider(settings, { fetch: fetchFor, env: {} }));
    expect(origins).toEqual([server.url]);
  } finally {
    await server.stop();
  }
});

describe("the model when nobody named one", () => {
  const nowhere = { OLLAMA_HOST: "127.0.0.1:1" };
  const { signal } = new AbortController();
  const choose = (env: Environment, providers: ProviderSettings[] = [], named?: string) =>
    chooseModel({ named, providers, env, fetch: pooled, signal });
  const own = (newest: string | undefined, demo: boolean): OwnModels => ({
    newest: async () => newest,
    hasDemo: async () => demo,
    isThere: async (path) => path === "./blobs/sha256-1",
  });

  test("the newest of the models folder goes after keys, and before Ollama", async () => {
    const server = startModelServer([], { models: ["qwen3:8b"] });
    try {
      const env = { OLLAMA_HOST: server.url };
      const options = { providers: [], fetch: pooled, signal, own: own("m", true) };
      expect(await chooseModel({ ...options, env })).toEqual({ provider: "local", model: "m" });
      expect(await chooseModel({ ...options, env: { ...env, OPENAI_API_KEY: "k" } })).toEqual({
        provider: "openai",
        model: "gpt-5",
      });
      expect(server.requests).toEqual([]);
      expect(await chooseModel({ ...options, env, own: own(undefined, true) })).toMatchObject({
        provider: "ollama",
      });
    } finally {
      await server.stop();
    }
  });

  test("the demo is the last, where there is one", async () => {
    const options = { providers: [], env: nowhere, fetch: pooled, signal };
    expect(await chooseModel({ ...options, own: own(undefined, true) })).toEqual({
      provider: "local",
      model: "demo",
    });
    await expect(chooseModel({ ...options, own: own(undefined, false) })).rejects.toThrow(
      "no model to talk to",
    );
  });

  test("the one named wins", async () => {
    const env = { ANTHROPIC_API_KEY: "k" };
    expect(await choose(env, [], "groq/llama")).toEqual({ provider: "groq", model: "llama" });
  });

  test("a file without an ending is taken for one, unless a provider has the name of its folder", async () => {
    const options = { providers: [], env: {}, fetch: pooled, signal, own: own(undefined, true) };
    const file = { provider: "local", model: "./blobs/sha256-1" };
    expect(await chooseModel({ ...options, named: "blobs/sha256-1" })).toEqual(file);
    const other = { provider: "blobs", model: "sha256-2" };
    expect(await chooseModel({ ...options, named: "blobs/sha256-2" })).toEqual(other);
    const theirs = { provider: "blobs", model: "sha256-1" };
    const providers = [{ name: "blobs" }];
    expect(await chooseModel({ ...options, providers, named: "blobs/sha256-1" })).toEqual(theirs);
  });

  test("an alias stands for its model, and is told when it was nearly written", async () => {
    const aliases = { fast: "openai/gpt-5-mini", own: "./own.gguf" };
    const options = { providers: [], env: {}, fetch: pooled, signal, aliases };
    const named = (name: string) => chooseModel({ ...options, named: name });
    expect(await named("fast")).toEqual({ provider: "openai", model: "gpt-5-mini" });
    expect(await named(" own ")).toEqual({ provider: "local", model: "./own.gguf" });
    expect(await named("fast/gpt-5")).toEqual({ provider: "fast", model: "gpt-5" });
    await expect(named("fats")).rejects.toMatchObject({
      message: "not a model: fats",
      advice: "did you mean fast?",
      exitCode: 3,
    });
    await expect(named("constructor")).rejects.toThrow("not a model: constructor");
  });

  test("a stored key counts as one in the environment does, but not at a project's address", async () => {
    const options = { env: nowhere, fetch: pooled, signal, own: own("m", true) };
    const hasStoredKey = (provider: string) => provider === "openai";
    const openai = { provider: "openai", model: "gpt-5" };
    expect(await chooseModel({ ...options, providers: [], hasStoredKey })).toEqual(openai);
    const providers = [{ name: "openai", baseUrl: "http://elsewhere/v1", ownKeyOnly: true }];
    expect(await chooseModel({ ...options, providers, hasStoredKey })).toEqual({
      provider: "local",
      model: "m",
    });
  });

  test("a name without a provider is refused", async () => {
    await expect(choose({}, [], "llama")).rejects.toThrow("not a model: llama");
  });

  test.each<[Environment, ProviderSettings[], string]>([
    [{ OPENAI_API_KEY: "k", ANTHROPIC_API_KEY: "k" }, [], "anthropic/claude-sonnet-4-5"],
    [{ OPENAI_API_KEY: "k" }, [], "openai/gpt-5"],
    [{ ANTHROPIC_API_KEY: " " }, [{ name: "openai", apiKey: "k" }], "openai/gpt-5"],
  ])("%j %j: %s", async (env, providers, expected) => {
    const { provider, model } = await choose({ ...nowhere, ...env }, providers);
    expect(`${provider}/${model}`).toBe(expected);
  });

  test("Ollama's first model", async () => {
    const server = startModelServer([], { models: ["qwen3:8b", "llama3"] });
    try {
      const env = { OLLAMA_HOST: server.url };
      expect(await choose(env)).toEqual({ provider: "ollama", model: "qwen3:8b" });
    } finally {
      await server.stop();
    }
  });

  test("an Ollama without models is none", async () => {
    const server = startModelServer([], { models: [] });
    try {
      await expect(choose({ OLLAMA_HOST: server.url })).rejects.toThrow("no model to talk to");
    } finally {
      await server.stop();
    }
  });

  test("nothing at all says what to set", async () => {
    const error = await choose(nowhere).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: 3, advice: expect.stringContaining("ANTHROPIC_API_KEY") });
  });

  test("a silent Ollama is waited for 300 ms", async () => {
    const silent = () => (_input: unknown, init?: RequestInit) =>
      new Promise<Response>((_, reject) =>
        init?.signal?.addEventListener("abort", () => reject(new Error())),
      );
    const startedAt = performance.now();
    const options = { providers: [], env: {}, fetch: silent, signal: new AbortController().signal };
    await expect(chooseModel(options)).rejects.toThrow("no model to talk to");
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(295);
  });

  test("Ctrl-C meanwhile is not taken for a missing Ollama", async () => {
    const signal = AbortSignal.abort(new Error("Ctrl-C"));
    const options = { providers: [], env: nowhere, fetch: pooled, signal };
    await expect(chooseModel(options)).rejects.toThrow("Ctrl-C");
  });
});
