import { expect, test } from "bun:test";
import fc from "fast-check";
import { isLooping } from "../../../src/models/host/loop.ts";

test("few tokens, and tokens that go on, are no loop", () => {
  expect(isLooping(Array.from({ length: 127 }, () => 1))).toBe(false);
  expect(isLooping(Array.from({ length: 500 }, (_, index) => index))).toBe(false);
  expect(isLooping([...Array.from({ length: 500 }, () => 1), 2])).toBe(false);
});

test("whatever begins it, a short piece that comes again and again is one", () => {
  const piece = fc.array(fc.nat(5), { minLength: 1, maxLength: 16 });
  fc.assert(
    fc.property(fc.array(fc.nat(5)), piece, (head, repeated) => {
      const times = Math.ceil(128 / repeated.length);
      expect(isLooping([...head, ...Array.from({ length: times }, () => repeated).flat()])).toBe(true);
    }),
  );
});
