import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { singleLine, truncate } from "../../src/lib/text-layout.ts";

describe("truncate", () => {
  test.each([
    ["short", 10, "short"],
    ["exactly", 7, "exactly"],
    ["too long for it", 8, "too lon…"],
    ["漢字漢字", 5, "漢字…"],
    ["漢字漢字", 4, "漢…"],
    ["👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3, "👩‍👩‍👧‍👦…"],
    ["abc", 1, "…"],
    ["abc", 0, ""],
  ])("of %s to %d columns is %s", (text, columns, expected) => {
    expect(truncate(text, columns)).toBe(expected);
  });

  test("property: it fits, and what fits is untouched", () => {
    const printable = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(printable, fc.nat(40), (text, columns) => {
        const cut = truncate(text, columns);
        expect(Bun.stringWidth(cut)).toBeLessThanOrEqual(columns);
        if (Bun.stringWidth(text) <= columns) expect(cut).toBe(text);
      }),
    );
  });
});

describe("singleLine", () => {
  test("joins lines, drops escapes and cuts", () => {
    expect(singleLine("  one\r\n\ttwo \x1b[31mthree\x1b[0m\n", 80)).toBe("one two three");
    expect(singleLine("one\ntwo three", 8)).toBe("one two…");
  });
});
