/** Recorded exchanges, played to the executable: the answer, and each kind of token counted apart. */
import { expect, test } from "bun:test";
import { playback, RECORDINGS } from "../fixtures/model-server/recorded.ts";
import { homeWithApis } from "./apis.ts";

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
