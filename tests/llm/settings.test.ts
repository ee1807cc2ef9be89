/** What is told of an address that cannot be used: never a secret that was written into it. */
import { expect, test } from "bun:test";
import { type Environment, type ProviderSettings, resolveEndpoint } from "../../src/llm/settings.ts";

function refusalOf(settings: ProviderSettings, env: Environment = {}): string {
  try {
    resolveEndpoint(settings, env);
  } catch (error) {
    return String(error);
  }
  throw new Error("it can be used");
}

test.each([
  ["ftp://me:secret@gpu:8000/v1", "ftp://gpu:8000/v1"],
  ["http://me:sec/ret@gpu:8000/v1", "http://gpu:8000/v1"],
  ["ftp://me:sec?ret#s@gpu/v1", "ftp://gpu/v1"],
  ["http://me:secret@gpu:port/v1?key=secret", "http://gpu:port/v1"],
  ["me:secret@gpu:8000", "gpu:8000"],
  ["gpu:8000/v1#secret", "gpu:8000/v1"],
])("%s is shown without its secrets", (baseUrl, shown) => {
  const told = refusalOf({ name: "gpu", baseUrl });
  expect(told).toEndWith(`base_url of [providers.gpu] is not an http or https address: ${shown}`);
});

test("so is OLLAMA_HOST", () => {
  const env = { OLLAMA_HOST: "http://me:secret@gpu:port" };
  expect(refusalOf({ name: "ollama" }, env)).toEndWith("OLLAMA_HOST is no address: http://gpu:port");
});
