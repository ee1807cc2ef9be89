import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { matchesGlob, passesFilter } from "../../src/lib/glob.ts";

describe("globs", () => {
  test.each([
    ["read_*", "read_file", true],
    ["read_*", "unread_file", false],
    ["*", "", true],
    ["?", "", false],
    ["a*b*c", "aXbYc", true],
    ["a*b*c", "aXbY", false],
    ["files/*", "files/read", true],
    ["[a]", "a", false],
    ["a.c", "abc", false],
  ])("%s against %s: %p", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  test("agree with the regular expression that they stand for", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, candidate) => {
        const source = glob.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        expect(matchesGlob(glob, candidate)).toBe(new RegExp(`^${source}$`, "s").test(candidate));
      }),
    );
  });

  // Trying every way would outlast any limit on the time of a test.
  test("a pattern made to be slow is not", () => {
    expect(matchesGlob(`${"a*".repeat(50)}b`, "a".repeat(10_000))).toBe(false);
  });
});

test("in a filter deny wins, and no allow means all", () => {
  expect(passesFilter("read", { allow: [], deny: [] })).toBe(true);
  expect(passesFilter("read", { allow: ["write*"], deny: [] })).toBe(false);
  expect(passesFilter("read", { allow: ["read"], deny: ["r*"] })).toBe(false);
});
