/** The decisions of a supervisor, as functions. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  backoffDelay,
  backoffWithin,
  escalationReachable,
  recordRestart,
} from "../../src/supervisor/policy.ts";

const backoff = { baseMs: 200, capMs: 5000, resetMs: 30_000 };

/** mulberry32: the same numbers between 0 and 1 for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("backoff", () => {
  test("doubles up to its cap, and the jitter goes from nothing to all of it", () => {
    const steps = [0, 1, 2, 3, 4, 5, 6, 100, 5000];
    const ceilings = [200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000];
    expect(steps.map((step) => backoffDelay(backoff, step, () => 1))).toEqual(ceilings);
    expect(steps.map((step) => backoffDelay(backoff, step, () => 0.5))).toEqual(ceilings.map((ms) => ms / 2));
    expect(steps.map((step) => backoffDelay(backoff, step, () => 0))).toEqual(steps.map(() => 0));
  });

  test("with a seeded random the delays are known, and siblings do not restart in step", () => {
    const delays = (seed: number) => {
      const random = seeded(seed);
      return [0, 1, 2, 3, 4].map((step) => backoffDelay(backoff, step, random));
    };
    expect(delays(1)).toEqual(delays(1));
    expect(delays(1)).not.toEqual(delays(2));
    expect(delays(1)).toEqual([125, 1, 422, 1570, 3099]);
  });
});

describe("escalation", () => {
  test("is reachable when so many delays fit into the period, to the millisecond", () => {
    // 200 + 400 + 800 ms before the fourth crash.
    expect(escalationReachable(backoff, { maxRestarts: 3, maxSeconds: 1.4 })).toBe(true);
    expect(escalationReachable(backoff, { maxRestarts: 3, maxSeconds: 1.399 })).toBe(false);
    expect(escalationReachable(backoff, { maxRestarts: 0, maxSeconds: 0.001 })).toBe(true);
  });
});

test("backoff never makes the end of a budget unreachable", () => {
  const usual = { maxRestarts: 5, maxSeconds: 60 };
  expect(backoffWithin(usual)).toEqual({ baseMs: 200, capMs: 5000, resetMs: 30_000 });
  for (const maxRestarts of [0, 1, 5, 20, 100]) {
    for (const maxSeconds of [1, 5, 60]) {
      const intensity = { maxRestarts, maxSeconds };
      expect(escalationReachable(backoffWithin(intensity), intensity)).toBe(true);
    }
  }
});

test("of the restarts those within the period are kept, both ends included, however time goes on", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 40 });
  fc.assert(
    fc.property(gaps, (all) => {
      const intensity = { maxRestarts: 3, maxSeconds: 5 };
      const times = all.map((_, index) => all.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0));
      let kept: number[] = [];
      for (const now of times) kept = recordRestart(kept, now, intensity);
      const last = times.at(-1) ?? 0;
      expect(kept).toEqual(times.filter((time) => last - time <= 5000));
    }),
  );
});
