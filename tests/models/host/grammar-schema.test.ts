import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import { functionsFor, withoutNulls } from "../../../src/models/host/functions.ts";
import { grammarSchema } from "../../../src/models/host/grammar-schema.ts";

const write = (schema: JsonObject) => grammarSchema(schema, { optional: "write" });

describe("a schema becomes one that the library makes a grammar of", () => {
  test.each<[string, JsonObject, JsonObject]>([
    ["a text", { type: "string", pattern: "^a", maxLength: 3 }, { type: "string", maxLength: 3 }],
    ["a date", { type: "string", format: "date" }, { type: "string", format: "date" }],
    ["a format that it does not know", { type: "string", format: "email" }, { type: "string" }],
    ["a small range", { type: "integer", minimum: 1, maximum: 3 }, { enum: [1, 2, 3] }],
    ["an open range", { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 2 }, { enum: [1] }],
    ["a large range", { type: "integer", minimum: 0, maximum: 1e6 }, { type: "integer" }],
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

test("references stay, and what would never end is left out", () => {
  const tree = {
    type: "object",
    properties: { value: { type: "number" }, next: { $ref: "#/definitions/node" } },
    required: ["value"],
  };
  expect(write({ $ref: "#/definitions/node", definitions: { node: tree } })).toEqual({
    $ref: "#/$defs/node",
    $defs: { node: { type: "object", properties: { value: { type: "number" } } } },
  });
});

test.each<JsonObject>([
  { type: "integer", minimum: 3, maximum: 2 },
  { type: "array", prefixItems: [false] },
])("what nothing meets is refused: %p", (schema) => {
  expect(() => write(schema)).toThrow(RangeError);
});

test("a model may leave out what a tool does not require", () => {
  const inputSchema = {
    type: "object",
    properties: { path: { type: "string" }, head: { type: "number" } },
    required: ["path"],
  };
  expect(functionsFor([{ name: "read", description: "Reads", inputSchema }])).toEqual({
    read: {
      description: "Reads",
      params: {
        type: "object",
        properties: { path: { type: "string" }, head: { oneOf: [{ type: "number" }, { type: "null" }] } },
      },
    },
  });
  expect(withoutNulls({ path: "a", head: null }, inputSchema)).toEqual({ path: "a" });
  expect(withoutNulls({ path: null, head: 1 }, inputSchema)).toEqual({ path: null, head: 1 });
  expect(withoutNulls(undefined, inputSchema)).toEqual({});
});
