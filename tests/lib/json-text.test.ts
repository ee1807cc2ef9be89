import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { jsonText } from "../../src/lib/json-text.ts";

describe("JSON for a terminal", () => {
  test.each([
    ["plain", '"plain"'],
    ["line\nnext", '"line\\nnext"'],
    ["\u001b[31m", '"\\u001b[31m"'],
    ["\u009b31m\u007f", '"\\u009b31m\\u007f"'],
    ["\u202eevil\u200b", '"\\u202eevil\\u200b"'],
    ["\u{e0041}", '"\\udb40\\udc41"'],
    ["é 漢 😀", '"é 漢 😀"'],
  ])("%j", (text, json) => {
    expect(jsonText(text)).toBe(json);
  });

  test("keys are written in the same way, and an indent keeps its newlines", () => {
    expect(jsonText({ "a\u200b": 1 }, 2)).toBe('{\n  "a\\u200b": 1\n}');
  });

  test("it is the same value when parsed", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        expect(JSON.parse(jsonText(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 1000 },
    );
  });
});
