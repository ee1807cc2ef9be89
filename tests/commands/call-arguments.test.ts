import { describe, expect, test } from "bun:test";
import { readToolArguments } from "../../src/commands/call-arguments.ts";
import type { JsonObject } from "../../src/lib/conversation.ts";
import { UsageError } from "../../src/lib/errors.ts";

const SCHEMA: JsonObject = {
  type: "object",
  properties: {
    text: { type: "string" },
    count: { type: "number" },
    whole: { type: "integer" },
    flag: { type: "boolean" },
    list: { type: "array" },
    object: { type: "object" },
    nothing: { type: "null" },
    several: { type: ["string", "number"] },
  },
};

async function parse(...words: string[]): Promise<JsonObject> {
  const read = await readToolArguments(words, async () => '{"from":"stdin"}');
  return read(SCHEMA);
}

describe("key=value", () => {
  test.each([
    ["text=5", { text: "5" }],
    ['text={"a":1}', { text: '{"a":1}' }],
    ["text=", { text: "" }],
    ["text=a=b", { text: "a=b" }],
    ["count=1.5", { count: 1.5 }],
    ["whole=3", { whole: 3 }],
    ["flag=true", { flag: true }],
    ["list=[1,2]", { list: [1, 2] }],
    ['object={"a":1}', { object: { a: 1 } }],
    ["nothing=null", { nothing: null }],
    ["unknown=5", { unknown: 5 }],
    ["unknown=five", { unknown: "five" }],
    ["several=5", { several: 5 }],
    ["constructor=5", { constructor: 5 }],
  ])("%s is read by the type of its schema", async (word, expected) => {
    expect(await parse(word)).toEqual(expected as unknown as JsonObject);
  });

  test("several make one object", async () => {
    expect(await parse("text=a", "count=2")).toEqual({ text: "a", count: 2 });
  });

  test("a property named __proto__ is a property", async () => {
    const parsed = await parse("__proto__=5");
    expect(Object.hasOwn(parsed, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  test.each([
    ["count=two", 'count should be of type number, not "two"'],
    ["count=", 'count should be of type number, not ""'],
    ["whole=1.5", 'whole should be of type integer, not "1.5"'],
    ["flag=yes", 'flag should be of type boolean, not "yes"'],
    ["list={}", 'list should be of type array, not "{}"'],
    ["object=[]", 'object should be of type object, not "[]"'],
    ["object=null", 'object should be of type object, not "null"'],
    ["nothing=0", 'nothing should be of type null, not "0"'],
    ["word", "not an argument: word"],
    ["=5", "not an argument: =5"],
  ])("%s is refused", async (word, line) => {
    const refusal = parse(word);
    await expect(refusal).rejects.toBeInstanceOf(UsageError);
    await expect(refusal).rejects.toThrow(line);
  });
});

describe("a JSON object", () => {
  test("as the one argument, or on standard input, is taken as it is", async () => {
    expect(await parse()).toEqual({});
    expect(await parse(' {"text": 5}')).toEqual({ text: 5 });
    expect(await parse("-")).toEqual({ from: "stdin" });
  });

  test.each(["", "[1]", "5", "null", "{broken"])("%j on standard input is refused", async (text) => {
    const refusal = readToolArguments(["-"], async () => text);
    await expect(refusal).rejects.toThrow("standard input is not a JSON object");
  });

  test.each([
    ['{"message":', "a value was expected, not the end at column 12"],
    ['{\n  "a": 1,\n  b: 2\n}', 'a name in quotes or "}" was expected, not "b" at line 3, column 3'],
    ['{"a": 1,}', "it has a comment, or a comma too many"],
  ])("%j is refused with the place of the error", async (text, problem) => {
    await expect(parse(text)).rejects.toThrow(`the argument is not a JSON object: ${problem}`);
  });

  test("broken in the argument, or with more behind it, is refused", async () => {
    await expect(parse("{broken")).rejects.toThrow("the argument is not a JSON object");
    await expect(parse("{}", "text=a")).rejects.toThrow("not an argument: {}");
  });
});
