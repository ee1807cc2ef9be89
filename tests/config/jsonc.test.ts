import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseJsonc } from "../../src/config/jsonc.ts";

test.each([
  ['{"a":', 1, 6, "a value was expected, not the end"],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, '"," or "}" was expected, not "\\""'],
  ['{"a": nope}', 1, 7, 'a value was expected, not "n"'],
  ["[1, 2] 3", 1, 8, 'the end was expected, not "3"'],
  ["{a: 1}", 1, 2, 'a name in quotes or "}" was expected, not "a"'],
  ['["\n"]', 1, 2, "a text without an end, or with what JSON forbids"],
  ["[,]", 1, 2, 'a value was expected, not ","'],
  ["", 1, 1, "a value was expected, not the end"],
])("%p is refused with its place", (text, line, column, problem) => {
  expect(parseJsonc(text)).toEqual({ line, column, problem });
});

test("what nobody writes by hand ends in no full stack", () => {
  expect(parseJsonc("[".repeat(10_000))).toEqual({ line: 1, column: 202, problem: "is nested too deeply" });
  const long = JSON.stringify({ text: 'x\\"'.repeat(500_000) });
  expect(parseJsonc(`${long}${" ".repeat(1_000_000)}`)).toEqual({ value: JSON.parse(long) });
});

test("comments, and commas too many, are no mistake", () => {
  const text = '\ufeff// one\n{ "a": [1, /* two // */ 2,], "b": "// no comment", /**/ }\n// end';
  expect(parseJsonc(text)).toEqual({ value: { a: [1, 2], b: "// no comment" } });
});

test("what JSON is, it reads as JSON does", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(parseJsonc(text)).toEqual({ value: JSON.parse(text) });
    }),
  );
});

test("no text makes it throw", () => {
  const part = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    ":",
    "1",
    "-",
    "true",
    "\\",
    "/*",
    "//",
    "\n",
    "u",
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join("");
      const parsed = parseJsonc(text);
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        return;
      }
      expect(parsed).toEqual({ value });
    }),
    { numRuns: 1000 },
  );
});
