import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { reveal } from "../../src/lib/text-reveal.ts";
import { sanitize } from "../../src/lib/text-sanitize.ts";

describe("reveal", () => {
  test.each([
    ["escape sequences", "a\x1b[2Jb", "a\\u{1b}[2Jb"],
    ["reordering", "exe\u202etxt", "exe\\u{202e}txt"],
    ["what has no width", "pay\u200bpal", "pay\\u{200b}pal"],
    ["smuggled tags", "a\u{e0041}", "a\\u{e0041}"],
    ["carriage returns", "a\rb", "a\\u{d}b"],
    ["lone halves", "a\ud83d", "a\\u{d83d}"],
    ["joiners between letters", "a\u200db", "a\\u{200d}b"],
  ])("shows %s", (_name, text, expected) => {
    expect(reveal(text)).toBe(expected);
  });

  test.each(["plain\n\ttext", "❤️‍🔥 👩🏽‍💻", "漢字"])("leaves %j as it is", (text) => {
    expect(reveal(text)).toBe(text);
  });

  test("property: nothing is left for the sanitiser to strip", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const shown = reveal(text);
        expect(sanitize(shown)).toBe(shown);
      }),
      { numRuns: 2_000 },
    );
  });
});
