import { expect, test } from "bun:test";
import fc from "fast-check";
import { expandTemplate, splitArguments } from "../../src/alias/expand.ts";
import { UsageError } from "../../src/lib/errors.ts";

test.each<[string, string[], string]>([
  ["Translate to $1: $2", ["German", "good day"], "Translate to German: good day"],
  ["Summarise: $*", ["a", "b c"], "Summarise: a b c"],
  ["Compare $@", ["a", "b c", 'd"e'], 'Compare a "b c" "d\\"e"'],
  ["$@", [""], '""'],
  ["Explain", [], "Explain"],
  ["Explain", ["this", "now"], "Explain this now"],
  ["costs $$5, $x, $0, $", ["a"], "costs $5, $x, $0, $ a"],
  ["$$1", [], "$1"],
  ["$1", ["a", "left out"], "a"],
  ["$1$1", ["$2"], "$2$2"],
  ["nothing: $*.", [], "nothing: ."],
])("%p with %p", (template, args, expanded) => {
  expect(expandTemplate("name", template, args)).toBe(expanded);
});

test("a missing argument is an error that says how many there should be", () => {
  expect(() => expandTemplate("tr", "Translate to $2: $1", ["x"])).toThrow(UsageError);
  expect(() => expandTemplate("tr", "Translate to $2: $1", ["x"])).toThrow(
    "the alias tr needs 2 arguments and got 1",
  );
  expect(() => expandTemplate("tr", "$1", [])).toThrow("needs 1 argument and got 0");
});

test.each<[string, string[]]>([
  ["", []],
  ["  ", []],
  ["a  b\tc\n", ["a", "b", "c"]],
  [`'a b' "c d"`, ["a b", "c d"]],
  [`a'b c'd`, ["ab cd"]],
  [`"say \\"hi\\""`, ['say "hi"']],
  [`'keep \\ this'`, ["keep \\ this"]],
  ["a\\ b", ["a b"]],
  ["don\\'t", ["don't"]],
  [`"not closed at all`, ["not closed at all"]],
  [`'not closed`, ["not closed"]],
  [`"" ''`, ["", ""]],
  ["end\\", ["end\\"]],
])("%p splits into %p", (line, args) => {
  expect(splitArguments(line)).toEqual(args);
});

test("what $@ writes splits into the arguments again", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), (args) => {
      expect(splitArguments(expandTemplate("name", "$@", args))).toEqual(args);
    }),
  );
});

test("an argument arrives as it is, whatever it holds", () => {
  fc.assert(
    fc.property(fc.string(), (argument) => {
      expect(expandTemplate("name", "<$1>", [argument])).toBe(`<${argument}>`);
    }),
  );
});
