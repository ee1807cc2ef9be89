/** What keeps a request from its server may be the proxy: then it is the proxy that is named, without its password. */
import { describe, expect, test } from "bun:test";
import { networkError } from "../../src/llm/classify.ts";
import { createProvider } from "../../src/llm/create.ts";
import { proxyFor } from "../../src/llm/proxy.ts";
import { ask, failureOf } from "./ask.ts";

const HTTP = "http://example.test";
const HTTPS = "https://example.test";
const PROXY = "http://user:pw@127.0.0.1:1";

test.each<[string, Record<string, string>, string | undefined]>([
  [HTTP, {}, undefined],
  [HTTP, { HTTP_PROXY: PROXY }, "127.0.0.1:1"],
  [HTTPS, { HTTP_PROXY: PROXY }, undefined],
  [HTTPS, { HTTPS_PROXY: PROXY }, "127.0.0.1:1"],
  [HTTPS, { ALL_PROXY: PROXY }, "127.0.0.1:1"],
  [HTTP, { HTTP_PROXY: PROXY, http_proxy: "other:2" }, "other:2"],
  [HTTP, { HTTP_PROXY: PROXY, NO_PROXY: "example.test" }, undefined],
  [HTTP, { HTTP_PROXY: PROXY, NO_PROXY: "a, .TEST" }, undefined],
  [HTTP, { HTTP_PROXY: PROXY, NO_PROXY: "*" }, undefined],
  [HTTP, { HTTP_PROXY: PROXY, NO_PROXY: "xample.test" }, "127.0.0.1:1"],
  ["http://127.0.0.1:9", { HTTP_PROXY: PROXY }, undefined],
  [HTTP, { HTTP_PROXY: ":::" }, "that the environment names"],
])("%s with %j goes through %p", (origin, env, proxy) => {
  expect(proxyFor(origin, env)).toBe(proxy);
});

const coded = (code: string) => Object.assign(new Error("user:pw"), { code });
const provider = (env: Record<string, string>, code: string) =>
  createProvider(
    { name: "openai", kind: "openai", baseUrl: `${HTTP}/v1`, apiKey: "k" },
    { env, fetch: () => () => Promise.reject(coded(code)) },
  );

describe("a request through a proxy", () => {
  test.each([
    ["ECONNREFUSED", "the proxy 127.0.0.1:1: connection refused (http://example.test)"],
    ["ERR_PROXY_TUNNEL", "the proxy 127.0.0.1:1: it refuses to connect to the server (http://example.test)"],
  ])("that fails with %s", async (code, words) => {
    const error = failureOf(await ask(provider({ HTTP_PROXY: PROXY }, code)));
    expect(error.message).toBe(`openai/loopback cannot be reached: ${words}`);
    expect(error.advice).toContain("NO_PROXY");
    expect(error.message + error.advice).not.toContain("pw");
  });

  test("that the server broke off is not the proxy's fault", async () => {
    const error = failureOf(await ask(provider({ HTTP_PROXY: PROXY }, "ECONNRESET")));
    expect(error.message).toEndWith("cannot be reached: connection reset (http://example.test)");
    expect(error.advice).toContain("base_url");
  });
});

test("a connection that times out is no matter of header_timeout", () => {
  const error = networkError(coded("ETIMEDOUT"), { provider: "p", model: "m", origin: HTTP });
  expect(error).toMatchObject({ kind: "timeout", retry: "yes" });
  expect(error.advice).toContain("base_url");
});
