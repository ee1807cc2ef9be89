/** Every failure says what to do about it, and nothing that cannot help. */
import { expect, test } from "bun:test";
import { classify } from "../../src/llm/classify.ts";
import { failureOfResponse } from "../../src/llm/failure.ts";
import { seconds } from "../../src/llm/limits.ts";

const target = { provider: "p", model: "m", origin: "http://x" };
const refusal = (status: number, headers = {}) => ({ status, headers: new Headers(headers), body: "{}" });

test.each([400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 422, 429, 500, 503, 504, 529])(
  "%p",
  (status) => {
    const { advice } = classify(failureOfResponse(refusal(status), 0), target);
    expect(advice).toBeDefined();
    expect(advice).not.toContain("timeout");
  },
);

test("a wait without end is a year", () => {
  const failure = failureOfResponse(refusal(429, { "retry-after": "99999999999999999999" }), 0);
  expect(seconds(failure.retryAfterMs ?? 0)).toBe("365 days");
});

test.each([
  [90_000, "90 s"],
  [8_000_000, "3 hours"],
  [200_000_000, "3 days"],
])("%p ms are %s", (ms, words) => {
  expect(seconds(ms)).toBe(words);
});
