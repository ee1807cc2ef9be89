import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import { functionsFor, withoutNulls } from "../../../src/models/host/functions.ts";

const ANY_OBJECT = { type: "object", additionalProperties: true } as const;
const INPUT = {
  type: "object",
  properties: { path: { type: "string" }, head: { type: "number" } },
  required: ["path"],
};

async function paramsOf(inputSchema: JsonObject, makeGrammar = async () => {}) {
  const { read } = await functionsFor([{ name: "read", description: "Reads", inputSchema }], makeGrammar);
  return read?.params;
}

test("a model may leave out what a tool does not require", async () => {
  expect(
    await functionsFor([{ name: "read", description: "Reads", inputSchema: INPUT }], async () => {}),
  ).toEqual({
    read: {
      description: "Reads",
      params: {
        type: "object",
        properties: { path: { type: "string" }, head: { oneOf: [{ type: "number" }, { type: "null" }] } },
      },
    },
  });
});

test("a tool of which no grammar can be made takes any object", async () => {
  expect(await paramsOf({ type: "object", properties: { a: false }, required: ["a"] })).toEqual(ANY_OBJECT);
  const refused = async () => Promise.reject(new Error("Failed to parse grammar"));
  expect(await paramsOf(INPUT, refused)).toEqual(ANY_OBJECT);
});

describe("the nulls that a model had to write are taken away", () => {
  const optional = {
    type: "object",
    properties: { a: { type: "string" }, b: { type: "number" } },
    required: ["a"],
  };
  const nullable = { properties: { b: { type: ["number", "null"] } }, required: ["b"] };
  const given = { a: "x", b: null };
  const left = { a: "x" };
  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ["beside others", optional, given, left],
    ["not of what is required", optional, { a: null, b: 1 }, { a: null, b: 1 }],
    [
      "not of names that it does not know",
      optional,
      { a: "x", constructor: null },
      { a: "x", constructor: null },
    ],
    [
      "in items",
      { properties: { items: { items: optional } } },
      { items: [given, given] },
      { items: [left, left] },
    ],
    [
      "in a tuple",
      { properties: { t: { prefixItems: [{}, optional] } } },
      { t: [given, given] },
      { t: [given, left] },
    ],
    [
      "behind a reference",
      { properties: { o: { $ref: "#/$defs/a~1b" } }, $defs: { "a/b": optional } },
      { o: given },
      { o: left },
    ],
    ["in a map", { additionalProperties: optional }, { o: given }, { o: left }],
    ["of a part", { allOf: [{ properties: { o: optional } }] }, { o: given }, { o: left }],
    ["of an option", { anyOf: [{ type: "object" }, { oneOf: [optional] }] }, given, left],
    ["not where an option asks for null", { anyOf: [optional, nullable] }, given, given],
    [
      "in what holds its own kind",
      { properties: { next: { $ref: "#" }, value: { type: "null" } } },
      { next: { next: null, value: null } },
      { next: {} },
    ],
  ])("%s", (_name, schema, params, expected) => {
    expect(withoutNulls(params, schema)).toEqual(expected);
  });

  test("and what is no object is none", () => {
    expect(withoutNulls(undefined, optional)).toEqual({});
    expect(withoutNulls(given, undefined)).toEqual(given);
  });
});
