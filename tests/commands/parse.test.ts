import { describe, expect, test } from "bun:test";
import { integerOption, numberOption, type OptionTable, parseOptions } from "../../src/commands/parse.ts";
import { UsageError } from "../../src/lib/errors.ts";

const TABLE = {
  model: { type: "string", alias: "m", description: "" },
  file: { type: "string", alias: "f", multiple: true, description: "" },
  quiet: { type: "boolean", alias: "q", description: "" },
  json: { type: "boolean", description: "" },
} as const satisfies OptionTable;

const parse = (...args: string[]) => parseOptions(args, TABLE);

function complaint(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    if (error instanceof UsageError) return `${error.message}; ${error.advice}`;
    throw error;
  }
  return "none";
}

describe("options", () => {
  test("a value that looks like an option is asked for in a form that cannot be one", () => {
    expect(complaint("--model", "-1")).toBe("--model has no value; write --model=-1 if that is the value");
    expect(parse("--model=-1").values.model).toBe("-1");
  });

  test("nothing given is nothing there", () => {
    expect(parse()).toEqual({ values: {}, positionals: [] });
  });

  test("long and short, values beside or behind an equals sign, in any place among the words", () => {
    const { values, positionals } = parse("one", "-m", "a/b", "--json", "two", "-q");
    expect({ ...values }).toEqual({ model: "a/b", json: true, quiet: true });
    expect(positionals).toEqual(["one", "two"]);
    expect(parse("--model=a/b").values.model).toBe("a/b");
    expect(parse("-qma/b").values).toMatchObject({ quiet: true, model: "a/b" });
  });

  test("one that may be repeated gives a list, and of others the last counts", () => {
    expect(parse("-f", "a", "--file=b").values.file).toEqual(["a", "b"]);
    expect(parse("-m", "a", "-m", "b").values.model).toBe("b");
  });

  test("after two dashes everything is a word, and a single dash is one too", () => {
    expect(parse("--", "--json", "-x").positionals).toEqual(["--json", "-x"]);
    expect(parse("-").positionals).toEqual(["-"]);
  });

  test.each([
    [["--modle", "x"], "unknown option --modle; did you mean --model?"],
    [["--modle=x"], "unknown option --modle; did you mean --model?"],
    [["--frobnicate"], "unknown option --frobnicate; see mcpchat --help"],
    [["-z"], "unknown option -z; see mcpchat --help"],
    [["-qz"], "unknown option -z; see mcpchat --help"],
    [["--constructor"], "unknown option --constructor; see mcpchat --help"],
    [["--no-json"], "unknown option --no-json; see mcpchat --help"],
  ])("%j is refused", (args, line) => {
    expect(complaint(...args)).toBe(line);
  });

  test("a missing value, and a value where none belongs, are refused with the option's name", () => {
    expect(complaint("-m")).toContain("--model");
    expect(complaint("--json=yes")).toContain("--json");
  });
});

describe("numbers", () => {
  test("absent stays absent", () => {
    expect(numberOption("wait", undefined)).toBeUndefined();
    expect(integerOption("n", undefined, 1)).toBeUndefined();
  });

  test.each(["0", "1", "0.5", "1e3"])("%s is a number", (text) => {
    expect(numberOption("wait", text)).toBe(Number(text));
  });

  test.each(["", " ", "x", "1x", "-1", "NaN", "Infinity"])("%j is none", (text) => {
    expect(() => numberOption("wait", text)).toThrow(
      `--wait takes a number from 0, not ${JSON.stringify(text)}`,
    );
  });

  test("a whole number has no part behind the point and is not below the least", () => {
    expect(integerOption("n", "3", 1)).toBe(3);
    expect(() => integerOption("n", "1.5", 1)).toThrow(UsageError);
    expect(() => integerOption("n", "0", 1)).toThrow("from 1");
  });
});
