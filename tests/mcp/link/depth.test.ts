import { expect, test } from "bun:test";
import fc from "fast-check";
import { flatten, isDeeperThan, TOO_DEEP } from "../../../src/mcp/client/link/depth.ts";

const nested = (depth: number): unknown =>
  JSON.parse(`${'{"a":['.repeat(depth / 2)}1${"]}".repeat(depth / 2)}`);

test("depth is measured however deep it is", () => {
  const deep = nested(400_000);
  expect(isDeeperThan(deep, 399_999)).toBe(true);
  expect(isDeeperThan(deep, 400_000)).toBe(false);
  expect(["text", {}, { a: null }].map((value) => isDeeperThan(value, 0))).toEqual([false, true, true]);
});

test("what is too deep is taken away, and nothing else", () => {
  expect(flatten({ a: { b: { c: 1 }, d: [] }, e: 1 }, 2)).toEqual({
    a: { b: TOO_DEEP, d: TOO_DEEP },
    e: 1,
  } as never);
  expect(isDeeperThan(flatten(nested(400_000)), 512)).toBe(false);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 1, max: 8 }), (value, most) => {
      const wasDeeper = isDeeperThan(value, most);
      const before = JSON.stringify(value);
      const after = JSON.stringify(flatten(value, most));
      expect(isDeeperThan(value, most)).toBe(false);
      expect(after !== before).toBe(wasDeeper);
    }),
  );
});
