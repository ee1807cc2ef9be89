import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import {
  type Field,
  fieldsOf,
  secretField,
  UnusableForm,
  withStandards,
} from "../../../src/mcp/client/requests/form.ts";

function field(schema: JsonObject, required = false): Field {
  const [made] = fieldsOf({
    type: "object",
    properties: { it: schema },
    ...(required && { required: ["it"] }),
  });
  if (!made) throw new Error("no field");
  return made;
}

const ONE = {
  type: "string",
  oneOf: [
    { const: "r", title: "Red" },
    { const: "b", title: "Dark blue" },
  ],
};
const MANY = { type: "array", items: { type: "string", enum: ["a", "b", "c"] } };

describe("a field reads", () => {
  test.each<[string, JsonObject, string, unknown]>([
    ["text", { type: "string" }, "hello", "hello"],
    ["text around which there are blanks", { type: "string" }, "  hello ", "hello"],
    ["text of the least length", { type: "string", minLength: 2 }, "ab", "ab"],
    ["text whose characters are pairs", { type: "string", maxLength: 2 }, "😀😀", "😀😀"],
    ["a mail address", { type: "string", format: "email" }, "ada@example.com", "ada@example.com"],
    ["an address", { type: "string", format: "uri" }, "https://example.com/x", "https://example.com/x"],
    ["a date", { type: "string", format: "date" }, "2024-02-29", "2024-02-29"],
    [
      "a time",
      { type: "string", format: "date-time" },
      "2024-02-29T10:00:00+01:00",
      "2024-02-29T10:00:00+01:00",
    ],
    ["a format that nobody knows", { type: "string", format: "constructor" }, "x", "x"],
    ["a number", { type: "number" }, "-1.5e3", -1500],
    ["a whole number", { type: "integer", minimum: 1, maximum: 5 }, "5", 5],
    ["yes", { type: "boolean" }, "Y", true],
    ["no", { type: "boolean" }, "false", false],
    ["a choice by its number", ONE, "2", "b"],
    ["a choice by its title", ONE, "dark BLUE", "b"],
    ["a choice by its value", ONE, "r", "r"],
    ["a number that is shown before a value that is one", { type: "string", enum: ["2", "1"] }, "1", "2"],
    ["the old way of titles", { type: "string", enum: ["x"], enumNames: ["Ex"] }, "ex", "x"],
    ["several choices", MANY, "1, c", ["a", "c"]],
    ["a choice that was made twice", MANY, "a 1 b", ["a", "b"]],
    ["none of them", MANY, "-", []],
    ["a title with blanks among several", { type: "array", items: { anyOf: ONE.oneOf } }, "dark blue", ["b"]],
  ])("%s", (_what, schema, typed, value) => {
    expect(field(schema).read(typed)).toEqual({ value } as ReturnType<Field["read"]>); // The table is of any value.
  });

  test.each<[string, JsonObject, string]>([
    ["too short a text", { type: "string", minLength: 3 }, "ab"],
    ["too long a text", { type: "string", maxLength: 1 }, "ab"],
    ["no mail address", { type: "string", format: "email" }, "ada at example"],
    ["no address", { type: "string", format: "uri" }, "example"],
    ["a day that there is not", { type: "string", format: "date" }, "2023-02-29"],
    ["a time without its zone", { type: "string", format: "date-time" }, "2024-02-29T10:00:00"],
    ["no number", { type: "number" }, "0x10"],
    ["an infinite number", { type: "number" }, "1e999"],
    ["a broken number for a whole one", { type: "integer" }, "1.5"],
    ["a whole number in another notation", { type: "integer" }, "1e1"],
    ["a number below the least", { type: "integer", minimum: 1 }, "0"],
    ["a number above the most", { type: "number", maximum: 1 }, "1.01"],
    ["neither yes nor no", { type: "boolean" }, "maybe"],
    ["a choice that there is not", ONE, "3"],
    ["one of several that there is not", MANY, "a,x"],
    ["too few", { ...MANY, minItems: 2 }, "a"],
    ["too many", { ...MANY, maxItems: 1 }, "a,b"],
  ])("complains of %s", (_what, schema, typed) => {
    expect(field(schema).read(typed)).toHaveProperty("complaint");
  });
});

describe("an empty line", () => {
  test("is the default", () => {
    expect(field({ type: "integer", default: 42 }, true).read(" ")).toEqual({ value: 42 });
    expect(field({ type: "boolean", default: false }, true).read("")).toEqual({ value: false });
    expect(field({ ...MANY, default: ["a"] }).read("")).toEqual({ value: ["a"] });
  });
  test("leaves an optional field out", () => {
    expect(field({ type: "string" }).read("")).toEqual({ value: undefined });
  });
  test("is not enough for a required field", () => {
    expect(field({ type: "string" }, true).read("")).toHaveProperty("complaint");
  });
  test("a default of the wrong type is none", () => {
    expect(field({ type: "integer", default: "42" }).standard).toBeUndefined();
  });
});

test("what was not answered gets its default, what was answered keeps its value", () => {
  const fields = fieldsOf({
    type: "object",
    properties: {
      name: { type: "string", default: "Ada" },
      age: { type: "integer", default: 36 },
      note: { type: "string" },
    },
  });
  expect(withStandards(fields, {})).toEqual({ name: "Ada", age: 36 });
  expect(withStandards(fields, { name: "Bob" })).toEqual({ name: "Bob", age: 36 });
});

test("names that JavaScript has a meaning for are names", () => {
  const schema: JsonObject = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"string","default":"x"},"constructor":{"type":"boolean"}}}',
  );
  const fields = fieldsOf(schema);
  expect(fields.map(({ name }) => name)).toEqual(["__proto__", "constructor"]);
  const content = withStandards(fields, {});
  expect(Object.hasOwn(content, "__proto__")).toBe(true);
  expect(Object.getPrototypeOf(content)).toBe(Object.prototype);
});

test("what is said about a field is bounded", () => {
  const long = "x".repeat(1_000_000);
  const made = field({ type: "string", title: long, description: long });
  expect([made.label.length, made.description?.length]).toEqual([200, 2000]);
});

describe("a form is unusable", () => {
  const properties = (schema: JsonObject) => ({ type: "object", properties: { it: schema } });
  test.each<[string, JsonObject]>([
    ["with an object in it", properties({ type: "object", properties: {} })],
    ["with a list of anything", properties({ type: "array", items: { type: "string" } })],
    ["with a type that nobody knows", properties({ type: "money" })],
    ["with too many choices", properties({ type: "string", enum: Array.from({ length: 300 }, String) })],
    [
      "with too many fields",
      {
        type: "object",
        properties: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`f${i}`, { type: "string" }])),
      },
    ],
  ])("%s", (_what, schema) => {
    expect(() => fieldsOf(schema)).toThrow(UnusableForm);
  });
});

describe("a secret", () => {
  const form = (name: string, schema: JsonObject) =>
    secretField(fieldsOf({ properties: { [name]: schema } }));
  test.each(["password", "userPassword", "API_TOKEN", "client-secret", "apiKey", "my passphrase"])(
    "%s",
    (name) => {
      expect(form(name, { type: "string" })).toBeDefined();
    },
  );
  test("in a title", () => {
    expect(form("x", { type: "string", title: "Your access token" })).toBeDefined();
  });
  test.each<[string, JsonObject]>([
    ["max_tokens", { type: "string" }],
    ["secretary", { type: "string" }],
    ["token", { type: "integer" }],
    ["token", { type: "string", enum: ["JWT", "opaque"] }],
  ])("not %s", (name, schema) => {
    expect(form(name, schema)).toBeUndefined();
  });
});

describe("for any schema and any line", () => {
  const json = fc.jsonValue({ maxDepth: 4 });
  const schemas = fc.record({
    type: fc.constantFrom("string", "number", "integer", "boolean", "array", "null"),
    enum: fc.option(json, { nil: undefined }),
    oneOf: fc.option(json, { nil: undefined }),
    items: fc.option(json, { nil: undefined }),
    minimum: fc.option(json, { nil: undefined }),
    maxLength: fc.option(json, { nil: undefined }),
    default: fc.option(json, { nil: undefined }),
    title: fc.option(json, { nil: undefined }),
  });
  test("a field is made or refused, and reads or complains", () => {
    fc.assert(
      fc.property(schemas, fc.string({ unit: "binary" }), (schema, typed) => {
        let made: Field;
        try {
          // What JSON cannot say is left out, as on the wire.
          made = field(JSON.parse(JSON.stringify(schema)));
        } catch (error) {
          expect(error).toBeInstanceOf(UnusableForm);
          return;
        }
        const reading = made.read(typed);
        expect("value" in reading || reading.complaint !== "").toBe(true);
      }),
    );
  });
  test("a whole number within its limits is read as itself", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (low, high, value) => {
        const reading = field({ type: "integer", minimum: low, maximum: high }).read(String(value));
        if (low <= value && value <= high) expect(reading).toEqual({ value });
        else expect(reading).toHaveProperty("complaint");
      }),
    );
  });
});
