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

test.each([
  ["[providers.openai]\napi_key = SECRET", "strings must be quoted"],
  ["OPENAI_API_KEY=SECRET", "strings must be quoted"],
  ["a = {b = SECRET}", "strings must be quoted"],
  ["[SECRET]\n[[SECRET]]", "cannot redefine table as an array of tables"],
  ['"it\'s SECRET" = 1\n"it\'s SECRET" = 2', "cannot redefine key"],
  ['"SECRET\\nSECRET" = 1\n"SECRET\\nSECRET" = 2', "cannot redefine key"],
  ['api_key: "SECRET"', "expected '=' after a key but found ':'"],
])("the problem of %j holds nothing of what is written there", (text, words) => {
  expect(parseToml(text.replaceAll("SECRET", "sk-UNQUOTED"))).toMatchObject({ problem: words });
});

test("no value is in a problem, wherever it stands and whatever is around it", () => {
  const parts = fc.constantFrom("SECRETVALUE", "a", "=", " ", '"', "'", "[", "]", "{", "}", "\n", ":", "1");
  fc.assert(
    fc.property(fc.array(parts), (text) => {
      const result = parseToml(text.join(""));
      if ("problem" in result) expect(result.problem).not.toContain("SECRET");
    }),
    { numRuns: 1000 },
  );
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
