import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fullJitter } from "../../src/resilience/backoff.ts";
import { DEFAULT_RETRY, decideRetry } from "../../src/resilience/retry.ts";
import { parseRetryAfter } from "../../src/resilience/retry-after.ts";

const NOW = Date.UTC(2026, 0, 31, 12, 0, 0);

describe("Retry-After", () => {
  test.each([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "1.5" }, 1500],
    [{ "retry-after": "Sat, 31 Jan 2026 12:00:30 GMT" }, 30_000],
    [{ "retry-after": "Sat, 31 Jan 2026 11:00:00 GMT" }, 0],
    [{ "retry-after-ms": "250", "retry-after": "1" }, 250],
    [{ "retry-after-ms": "soon", "retry-after": "1" }, 1000],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-1" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{}, undefined],
  ])("%j is %j ms", (headers, expected) => {
    // The rows differ in their keys, which makes optional ones of them.
    expect(parseRetryAfter(new Headers(headers as Record<string, string>), NOW)).toBe(expected);
  });
});

test("full jitter stays below a ceiling that doubles up to its cap", () => {
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat(60), fraction, (retry, random) => {
      const delay = fullJitter(retry, { baseMs: 500, capMs: 20_000 }, () => random);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(Math.min(20_000, 500 * 2 ** retry));
    }),
  );
  expect([0, 1, 2, 9].map((retry) => fullJitter(retry, { baseMs: 500, capMs: 20_000 }, () => 0.5))).toEqual([
    250, 500, 1000, 10_000,
  ]);
});

describe("the decision to retry", () => {
  const decide = (failed: number, askedMs?: number) => decideRetry(failed, askedMs, DEFAULT_RETRY, () => 1);

  test("two waits, then enough", () => {
    expect([1, 2, 3].map((failed) => decide(failed))).toEqual([
      { kind: "wait", delayMs: 500 },
      { kind: "wait", delayMs: 1000 },
      { kind: "exhausted" },
    ]);
  });

  test("never before the time that was asked for", () => {
    expect(decide(1, 9000)).toEqual({ kind: "wait", delayMs: 9000 });
    expect(decide(1, 1)).toEqual({ kind: "wait", delayMs: 500 });
    expect(decide(1, 30_000)).toEqual({ kind: "wait", delayMs: 30_000 });
  });

  test("a wait that is too long is told, not waited for", () => {
    expect(decide(1, 30_001)).toEqual({ kind: "asked_too_long", askedMs: 30_001 });
    expect(decide(3, 60_000)).toEqual({ kind: "asked_too_long", askedMs: 60_000 });
  });
});
