/** Recorded exchanges, played to the executable: the answer, and each kind of token counted apart. */
import { expect, test } from "bun:test";
import { playback, RECORDINGS } from "../fixtures/model-server/recorded.ts";
import { homeWithApis } from "./apis.ts";
import { homeWithModel } from "./harness.ts";

test.each(["anthropic", "responses"] as const)("a recorded answer of %s", async (api) => {
  const recording = RECORDINGS[api];
  const { home, model } = homeWithApis([playback(recording)]);
  const { code, stdout } = await home.run(["-m", `${api}/${recording.model}`, "--json", "question"]);
  expect(code).toBe(0);
  const { text, usage, stop_reason } = JSON.parse(stdout);
  const { input, output, cacheRead, cacheWrite } = recording.usage;
  expect({ text, usage, stop_reason }).toEqual({
    text: recording.text,
    usage: { input, output, cache_read: cacheRead, cache_write: cacheWrite },
    stop_reason: "end",
  });
  expect(model.requests.map(({ path }) => path)).toEqual([recording.path]);
});

/** In dollars for a million tokens, as the providers' pages had them when the exchanges were written down. */
const PRICES = {
  anthropic: { input: 3, cacheRead: 0.3, cacheWrite: 3.75, output: 15 },
  responses: { input: 0.25, cacheRead: 0.025, cacheWrite: 0, output: 2 },
} as const;

test.each([
  ["anthropic", "anthropic", ""],
  ["responses", "openai", 'api = "responses"'],
] as const)("a recorded answer of %s costs what the price list says", async (api, provider, more) => {
  const recording = RECORDINGS[api];
  const { home, model } = homeWithModel([playback(recording)]);
  home.configure(`[providers.${provider}]\n${more}\n`);
  const { code, stdout } = await home.run(["-m", `${provider}/${recording.model}`, "--json", "question"]);
  expect(code).toBe(0);
  const { input, output, cacheRead, cacheWrite } = recording.usage;
  const price = PRICES[api];
  const millionths =
    input * price.input + cacheRead * price.cacheRead + cacheWrite * price.cacheWrite + output * price.output;
  expect(JSON.parse(stdout).cost_usd).toBeCloseTo(millionths / 1e6, 9);
  expect(model.requests).toHaveLength(1);
});
