import { expect, test } from "bun:test";
import fc from "fast-check";
import { editDistance, nearest } from "../../src/lib/nearest.ts";

test.each([
  ["max_turn", "max_turns"],
  ["modle", "model"],
  ["MODEL", "model"],
  ["contxt", "context"],
  ["systm", "system"],
])("%s is near %s", (typed, meant) => {
  expect(nearest(typed, ["max_turns", "model", "context", "system", "max_tokens"])).toBe(meant);
});

test.each(["banana", "x", ""])("%p is near nothing", (typed) => {
  expect(nearest(typed, ["max_turns", "model"])).toBeUndefined();
});

test("a swap of neighbours is one edit", () => {
  expect(editDistance("ab", "ba")).toBe(1);
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(editDistance("", "abc")).toBe(3);
});

test("the distance is a symmetric one, zero for equals, at most the longer length", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (one, other) => {
      const distance = editDistance(one, other);
      expect(distance).toBe(editDistance(other, one));
      expect(distance === 0).toBe(one === other);
      expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
    }),
  );
});
