import { expect, test } from "bun:test";
import fc from "fast-check";
import { chooseCut } from "../../../src/chat/context/cut.ts";

const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
const sizes = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 60 });
const budgets = fc.integer({ min: 1, max: 60_000 });

test("nothing is cut that fits, and the last part never is", () => {
  expect(chooseCut([], 10)).toBe(0);
  expect(chooseCut([10], 5)).toBe(0);
  expect(chooseCut([4, 6], 10)).toBe(0);
  expect(chooseCut([4, 6], 9)).toBe(1);
  expect(chooseCut([4, 60], 9)).toBe(1);
});

test("what stays fits, and is half of the budget or one part less", () => {
  fc.assert(
    fc.property(sizes, budgets, (parts, budget) => {
      const cut = chooseCut(parts, budget);
      const kept = sum(parts.slice(cut));
      if (cut < parts.length - 1) expect(kept).toBeLessThanOrEqual(budget);
      if (cut > 0) expect(sum(parts.slice(cut - 1))).toBeGreaterThan(budget / 2);
    }),
    { numRuns: 1000 },
  );
});

test("a larger budget keeps as much", () => {
  fc.assert(
    fc.property(sizes, budgets, budgets, (parts, one, other) => {
      const [small, large] = [Math.min(one, other), Math.max(one, other)];
      expect(chooseCut(parts, large)).toBeLessThanOrEqual(chooseCut(parts, small));
    }),
    { numRuns: 1000 },
  );
});

test("the cut stays for a quarter of the budget, as the conversation grows, and never goes back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 200, maxLength: 400 }),
      fc.integer({ min: 500, max: 2000 }),
      (parts, budget) => {
        const cuts = parts.map((_, index) => chooseCut(parts.slice(0, index + 1), budget));
        expect(cuts).toEqual(cuts.toSorted((one, other) => one - other));
        expect(new Set(cuts).size).toBeLessThanOrEqual(2 + (sum(parts) / budget) * 5);
      },
    ),
    { numRuns: 200 },
  );
});

test("a budget that is a little different cuts at the same place most of the time", () => {
  const parts = Array.from({ length: 500 }, (_, index) => 40 + ((index * 37) % 50));
  let same = 0;
  for (let length = 100; length <= 500; length++) {
    const [one, other] = [2000, 2050].map((budget) => chooseCut(parts.slice(0, length), budget));
    if (one === other) same++;
  }
  expect(same).toBeGreaterThan(350);
});
