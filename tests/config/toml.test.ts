import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseToml } from "../../src/config/toml.ts";

test.each([
  ["a = \n", 1],
  ["# note\n\na = 1\nb = 2 3\nc = 4\n", 4],
  ["a = 1\nb = [\n  1,\n  2\nc = 3\n", 2],
  ['a = 1\nb = """\nnever\nclosed\n', 2],
  ["a = 1\n[b\nc = 2\n", 2],
  ["a = 1\nb = 2\na = 3\n", 3],
])("the line of %p is %d", (text, line) => {
  expect(parseToml(text)).toMatchObject({ line });
});

test("the problem is one line without the parser's name", () => {
  const result = parseToml("a = 1\na = 2");
  expect("problem" in result && result.problem).toBe("cannot redefine key 'a'");
});

test("a long text has a problem without a line", () => {
  const result = parseToml(`${"a\n".repeat(2000)}`);
  expect("problem" in result && result.line).toBeUndefined();
});

test("no text makes it throw, and a line is within the text", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "=", "1", '"', "[", "]", "\n", "#", "b", ".", "'")),
      (parts) => {
        const text = parts.join("");
        const result = parseToml(text);
        if ("tree" in result) return;
        expect(result.line).toBeGreaterThanOrEqual(1);
        expect(result.line).toBeLessThanOrEqual(text.split("\n").length);
      },
    ),
  );
});
