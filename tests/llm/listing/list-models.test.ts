/** Asking providers for their models, over real sockets. */
import { describe, expect, onTestFinished, test } from "bun:test";
import { ExitCode } from "../../../src/lib/errors.ts";
import { listModels } from "../../../src/llm/listing/list-models.ts";
import { type ProviderSettings, resolveEndpoint } from "../../../src/llm/settings.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";

const KEY = "sk-secret-0123456789abcdef";

/** A server that answers with what `answer` says, and remembers what it was asked. */
function serving(answer: (url: URL, body: string) => Response | Promise<Response>) {
  const requests: { path: string; headers: Headers }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    development: false,
    async fetch(request) {
      const url = new URL(request.url);
      requests.push({ path: `${url.pathname}${url.search}`, headers: request.headers });
      return answer(url, await request.text());
    },
  });
  onTestFinished(() => server.stop(true));
  return { url: `http://127.0.0.1:${server.port}`, requests };
}

function ask(settings: ProviderSettings, more: { signal?: AbortSignal; clock?: FakeClock } = {}) {
  const endpoint = resolveEndpoint({ apiKey: KEY, ...settings }, {});
  const signal = more.signal ?? new AbortController().signal;
  return listModels({ endpoint, fetch: () => fetch, ...more, signal });
}

const MODELS = Response.json.bind(Response, { data: [{ id: "b" }, { id: "a" }] });

test("a compatible server is asked with the key, and its models are sorted", async () => {
  const { url, requests } = serving(() => MODELS());
  const models = await ask({ name: "gpu", baseUrl: `${url}/v1/`, headers: { "x-team": "blue" } });
  expect(models).toEqual([{ name: "a" }, { name: "b" }]);
  expect(requests.map(({ path }) => path)).toEqual(["/v1/models"]);
  expect(requests[0]?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
  expect(requests[0]?.headers.get("x-team")).toBe("blue");
});

test("Anthropic's pages are followed to the last, and no further than one leads", async () => {
  const { url, requests } = serving(({ searchParams }) => {
    const after = searchParams.get("after_id");
    const id = after === null ? "claude-1" : "claude-2";
    return Response.json({ data: [{ id }], has_more: true, last_id: id });
  });
  expect(await ask({ name: "anthropic", baseUrl: url })).toEqual([
    { name: "claude-1" },
    { name: "claude-2" },
  ]);
  expect(requests.map(({ path }) => path)).toEqual([
    "/v1/models?limit=1000",
    "/v1/models?limit=1000&after_id=claude-1",
    "/v1/models?limit=1000&after_id=claude-2",
  ]);
  expect(requests[0]?.headers.get("anthropic-version")).toBe("2023-06-01");
});

test("Ollama is asked about each, and one that it cannot tell of is there nevertheless", async () => {
  const { url } = serving(({ pathname }, body) => {
    if (pathname === "/api/tags")
      return Response.json({ models: [{ name: "b" }, { name: "a" }, { name: "e" }] });
    const { model } = JSON.parse(body);
    if (model === "e") return Response.json({ capabilities: ["embedding"] });
    if (model === "b") return new Response("no", { status: 500 });
    return Response.json({ model_info: { "general.architecture": "l", "l.context_length": 8192 } });
  });
  expect(await ask({ name: "ollama", baseUrl: `${url}/v1` })).toEqual([
    { name: "a", contextWindow: 8192 },
    { name: "b" },
  ]);
});

test("LM Studio is asked by its own API, and an older one by OpenAI's", async () => {
  const newer = serving(() => Response.json({ data: [{ id: "a", max_context_length: 4096 }] }));
  expect(await ask({ name: "lmstudio", baseUrl: `${newer.url}/v1` })).toEqual([
    { name: "a", contextWindow: 4096 },
  ]);
  expect(newer.requests.map(({ path }) => path)).toEqual(["/api/v0/models"]);
  const older = serving(({ pathname }) =>
    pathname === "/v1/models" ? MODELS() : Response.json({ error: "Unexpected endpoint" }, { status: 404 }),
  );
  expect(await ask({ name: "lmstudio", baseUrl: `${older.url}/v1` })).toHaveLength(2);
});

describe("what goes wrong", () => {
  const failing = (answer: () => Response | Promise<Response>) => {
    const { url } = serving(answer);
    return ask({ name: "openai", baseUrl: `${url}/v1` }).catch((error: unknown) => error);
  };

  test.each([
    [
      "a refused key",
      401,
      { error: { message: `bad key ${KEY}` } },
      "auth",
      ExitCode.refused,
      "set OPENAI_API_KEY",
    ],
    ["a wrong path", 404, { detail: "Not Found" }, "not_found", ExitCode.refused, "check base_url"],
    ["a failure", 500, { error: "boom" }, "server", ExitCode.unavailable, "try again"],
    ["a limit", 429, { error: { code: "rate_limit" } }, "rate_limit", ExitCode.unavailable, "try again"],
  ])("%s", async (_, status, body, kind, exitCode, advice) => {
    const error = await failing(() => Response.json(body, { status }));
    // `message` is not among what JSON has of an error.
    const said = String(error) + JSON.stringify(error);
    expect(said).toMatch(new RegExp(`^ProviderError: openai [a-z ]+ \\(${status}\\)`));
    expect(said).not.toContain(KEY);
    expect(error).toMatchObject({ kind, exitCode, advice: expect.stringContaining(advice) });
  });

  test.each([
    ["a web page", () => new Response("<html><title>Hello</title></html>")],
    ["nothing", () => new Response("")],
    ["other JSON", () => Response.json({ models: "none" })],
    ["a redirect", () => Response.redirect("http://127.0.0.1:1/elsewhere")],
  ])("%s is no list of models", async (_, answer) => {
    expect(await failing(answer)).toMatchObject({ kind: "protocol", exitCode: ExitCode.unavailable });
  });

  test("nobody there", async () => {
    const error = await ask({ name: "gpu", baseUrl: "http://127.0.0.1:1/v1" }).catch((caught) => caught);
    expect(error).toMatchObject({ kind: "network", exitCode: ExitCode.unavailable });
    expect(error.message).toBe("gpu cannot be reached: connection refused (http://127.0.0.1:1)");
  });

  test("one that never answers is given up", async () => {
    const asked = Promise.withResolvers<void>();
    const { url } = serving(() => {
      asked.resolve();
      return new Promise(() => {});
    });
    const clock = new FakeClock();
    const listing = ask({ name: "gpu", baseUrl: `${url}/v1` }, { clock }).catch((error: unknown) => error);
    await asked.promise;
    await clock.advance(10_000);
    expect(await listing).toMatchObject({
      kind: "timeout",
      message: `gpu did not answer in time: nothing for 10 s (${url})`,
      advice: "try again",
    });
  });

  test("the user's Ctrl-C is the user's", async () => {
    const ended = new AbortController();
    const { url } = serving(() => {
      ended.abort(new Error("Ctrl-C"));
      return new Promise(() => {});
    });
    const listing = ask({ name: "gpu", baseUrl: `${url}/v1` }, { signal: ended.signal });
    await expect(listing).rejects.toThrow("Ctrl-C");
  });
});
