import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import { grammarSchema } from "../../../src/models/host/grammar-schema.ts";

const write = (schema: JsonObject) => grammarSchema(schema, { optional: "write" });

/** Written as people write them: 0.07, and not 7 times 0.01. */
const counted = (first: number, last: number, parts: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => (first + index) / parts);

describe("a schema becomes one that the library makes a grammar of", () => {
  test.each<[string, JsonObject, JsonObject]>([
    ["a text", { type: "string", pattern: "^a", maxLength: 3 }, { type: "string", maxLength: 3 }],
    ["a date", { type: "string", format: "date" }, { type: "string", format: "date" }],
    ["a format that it does not know", { type: "string", format: "email" }, { type: "string" }],
    ["a small range", { type: "integer", minimum: 1, maximum: 3 }, { enum: [1, 2, 3] }],
    ["an open range", { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 2 }, { enum: [1] }],
    ["a large range", { type: "integer", minimum: 0, maximum: 1e6 }, { type: "integer" }],
    ["numbers in a large range", { type: "number", minimum: 0, maximum: 1000 }, { type: "number" }],
    ["numbers up to a bound", { type: "number", maximum: 1 }, { type: "number" }],
    ["numbers in a range", { type: "number", minimum: 0, maximum: 100 }, { enum: counted(0, 100, 1) }],
    ["fractions", { type: "number", minimum: 0, maximum: 1 }, { enum: counted(0, 100, 100) }],
    [
      "fractions between bounds",
      { type: "number", exclusiveMinimum: -0.07, exclusiveMaximum: 0.07 },
      { enum: counted(-69, 69, 1000) },
    ],
    [
      "fractions from a bound",
      { type: "number", minimum: 0.07, exclusiveMaximum: 2.5 },
      { enum: counted(7, 249, 100) },
    ],
    [
      "numbers in steps",
      { type: "number", minimum: -0.5, maximum: 1, multipleOf: 0.25 },
      { enum: [-0.5, -0.25, 0, 0.25, 0.5, 0.75, 1] },
    ],
    [
      "numbers in more steps than are listed",
      { type: "number", minimum: 0, maximum: 100, multipleOf: 0.25 },
      { enum: counted(0, 100, 1) },
    ],
    ["a single fraction", { type: "number", minimum: 1 / 3, maximum: 1 / 3 }, { enum: [1 / 3] }],
    ["a constant", { const: "x" }, { enum: ["x"] }],
    [
      "a choice",
      { anyOf: [{ type: "null" }, { type: "number" }] },
      { oneOf: [{ type: "null" }, { type: "number" }] },
    ],
    ["several types", { type: ["string", "null"] }, { oneOf: [{ type: "string" }, { type: "null" }] }],
    [
      "an object without a type",
      { properties: { a: { type: "null" } } },
      { type: "object", properties: { a: { type: "null" } } },
    ],
    ["an empty object", { type: "object", properties: {} }, { type: "object", properties: {} }],
    ["any object", { type: "object" }, { type: "object", properties: {}, additionalProperties: true }],
    [
      "a map",
      { type: "object", additionalProperties: { type: "number" } },
      { type: "object", properties: {}, additionalProperties: { type: "number" } },
    ],
    [
      "a list",
      { type: "array", items: { type: "boolean" }, minItems: 1, uniqueItems: true },
      { type: "array", items: { type: "boolean" }, minItems: 1 },
    ],
    [
      "a tuple",
      { type: "array", prefixItems: [{ type: "null" }], items: false },
      { type: "array", prefixItems: [{ type: "null" }], maxItems: 1 },
    ],
    [
      "parts",
      { allOf: [{ properties: { a: { type: "null" } } }, { properties: { b: { type: "null" } } }] },
      { type: "object", properties: { a: { type: "null" }, b: { type: "null" } } },
    ],
  ])("%s", (_name, schema, expected) => {
    expect(write(schema)).toEqual(expected);
  });
});

describe("schemas that are more than the sum of their parts", () => {
  const text = { type: "string" };
  const number = { type: "number" };
  const none = { type: "null" };
  const both = { type: "object", properties: { a: text, b: number } };
  test.each<[string, JsonObject, JsonObject]>([
    [
      "what stands beside a choice belongs to each of its options",
      { ...both, anyOf: [{ required: ["a"] }, { properties: { c: none } }] },
      { oneOf: [both, { type: "object", properties: { a: text, b: number, c: none } }] },
    ],
    [
      "options that come to the same are one",
      { ...both, anyOf: [{ required: ["a"] }, { required: ["b"] }] },
      both,
    ],
    [
      "what stands beside a reference counts",
      {
        allOf: [{ $ref: "#/$defs/A" }, { properties: { b: number } }],
        $defs: { A: { properties: { a: text } } },
      },
      { $ref: "#/$defs/A", $defs: { A: both } },
    ],
    [
      "a required name without a schema",
      { properties: { a: text }, additionalProperties: number, required: ["b"] },
      { ...both, additionalProperties: number },
    ],
    [
      "a property of a part that lets no others in",
      { allOf: [{ properties: { a: text }, additionalProperties: false }, { properties: { b: number } }] },
      { type: "object", properties: { a: text } },
    ],
    [
      "a pattern that a name matches",
      { properties: { a: {} }, patternProperties: { "^a": text, "^b": none } },
      { type: "object", properties: { a: text } },
    ],
    [
      "names that are listed",
      { type: "object", propertyNames: { enum: ["a"] }, additionalProperties: text },
      { type: "object", properties: { a: text } },
    ],
    [
      "no more properties than are allowed",
      { ...both, required: ["b"], maxProperties: 1 },
      { type: "object", properties: { b: number } },
    ],
    ["an array of nothing", { type: "array", items: false }, { type: "array", maxItems: 0 }],
    [
      "a tuple of old",
      { items: [text], additionalItems: false },
      { type: "array", prefixItems: [text], maxItems: 1 },
    ],
    [
      "fewer items than a tuple has",
      { prefixItems: [text, none], maxItems: 1 },
      { type: "array", prefixItems: [text], maxItems: 1 },
    ],
    ["values of the type alone", { type: "string", enum: ["a", 1] }, { enum: ["a"] }],
    [
      "values of all lists",
      { enum: ["a", 1, { b: 1 }], allOf: [{ enum: [{ b: 1 }, 1] }], type: "integer" },
      { enum: [1] },
    ],
    ["a whole number in steps", { type: "integer", minimum: 1, maximum: 6, multipleOf: 3 }, { enum: [3, 6] }],
    [
      "types that all parts allow",
      { type: ["number", "string"], allOf: [{ type: "integer" }] },
      { type: "integer" },
    ],
    ["options that nothing meets", { anyOf: [false, { type: "integer", enum: [0.5] }, text] }, text],
    ["more characters than a grammar counts", { type: "string", maxLength: 1999 }, text],
  ])("%s", (_name, schema, expected) => {
    expect(write(schema)).toEqual(expected);
  });

  test.each([
    "#/properties/a%7Eb",
    "#/properties/a~0b",
    "#/$defs/in~1side/$defs/x",
    "#here",
    "https://a.example/#here",
  ])("a reference is followed: %s", ($ref) => {
    const schema = {
      $id: "https://a.example/",
      type: "object",
      properties: { "a~b": text, other: { $ref } },
      $defs: { "in/side": { $defs: { x: { $anchor: "here", type: "string" } } } },
    };
    const { properties, $defs } = write(schema);
    expect(properties).toEqual({ "a~b": text, other: { $ref: expect.any(String) } });
    expect(Object.values($defs ?? {})).toEqual([text]);
  });
});

describe("what holds its own kind", () => {
  const node = (more: JsonObject): JsonObject => ({
    $ref: "#/definitions/node",
    definitions: {
      node: { properties: { value: { type: "null" }, next: { $ref: "#/definitions/node" } }, ...more },
    },
  });
  const value = { value: { type: "null" } };
  const $ref = "#/$defs/node";

  test("may end without it", () => {
    const next = { ...value, next: { $ref } };
    const oneOf = [next, value].map((properties) => ({ type: "object", properties }));
    expect(write(node({ required: ["value"] }))).toEqual({ $ref, $defs: { node: { oneOf } } });
  });

  test("is written where it ends by itself", () => {
    const children = { type: "array", items: { $ref: "#" } };
    const root = {
      type: "object",
      properties: { children: { type: "array", items: { $ref: "#/$defs/root" } } },
    };
    expect(write({ properties: { children } })).toEqual({ ...root, $defs: { root } });
  });

  test.each<JsonObject>([
    node({ required: ["next"] }),
    { type: "object", properties: { self: { $ref: "#" } }, required: ["self"] },
    { type: "array", items: { $ref: "#" }, minItems: 1 },
  ])("and has to each time is refused: %p", (schema) => {
    expect(() => write(schema)).toThrow("never end");
  });

  test("where many refer to the next twice, each is looked at once", () => {
    const count = 1000;
    const refer = (number: number): JsonObject =>
      number < count ? { $ref: `#/$defs/d${number}` } : { type: "null" };
    const $defs = Object.fromEntries(
      Array.from({ length: count }, (_, number) => [
        `d${number}`,
        { properties: { a: refer(number + 1), b: refer(number + 1) }, required: ["a"] },
      ]),
    );
    expect(Object.keys(write({ ...refer(0), $defs }).$defs ?? {})).toHaveLength(count);
  });

  test("choices beside choices that multiply are refused", () => {
    const allOf = Array.from({ length: 30 }, (_, number) => ({
      anyOf: ["x", "y"].map((one) => ({ properties: { [`${one}${number}`]: {} } })),
    }));
    expect(() => write({ allOf })).toThrow("too large");
  });
});

test.each<[JsonObject, string]>([
  [{ type: "integer", minimum: 3, maximum: 2 }, "no number"],
  [{ type: "number", minimum: 3, exclusiveMaximum: 3 }, "no number"],
  [{ type: "string", minLength: 2, maxLength: 1 }, "no possible length"],
  [{ type: "array", prefixItems: [false], minItems: 1 }, "`false`"],
  [{ properties: { a: { anyOf: [] } }, required: ["a"] }, "a choice in it is empty"],
  [{ enum: [] }, "none of the values"],
  [{ type: "string", allOf: [{ type: "number" }] }, "no type"],
  [{ properties: { "a\0": {} } }, "the control character U+0000"],
  [{ enum: ["fine", "\u001f"] }, "the control character U+001F"],
  [{ const: { a: ["\ud800"] } }, "half a surrogate pair"],
])("what nothing meets is refused, and why: %j", (schema, reason) => {
  expect(() => write(schema)).toThrow(RangeError);
  expect(() => write(schema)).toThrow(reason);
});

test("a model is told what the arguments of a tool are", () => {
  const property = (description: string) => ({ type: "string", description });
  const schema = {
    type: "object",
    properties: { path: property("Where it lies"), encoding: property("How it is written") },
    required: ["path"],
  };
  expect(grammarSchema(schema, { optional: "null" }).properties).toEqual({
    path: { type: "string", description: "Where it lies" },
    encoding: { oneOf: [{ type: "string" }, { type: "null" }], description: "How it is written" },
  });
  expect(write(schema).properties).toEqual({ path: { type: "string" }, encoding: { type: "string" } });
});
