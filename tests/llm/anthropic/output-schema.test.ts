import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import { outputSchema } from "../../../src/llm/anthropic/output-schema.ts";
import { schemaInstruction } from "../../../src/llm/schema-words.ts";
import { bodyFor } from "./recipients.ts";

const PERSON: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Person",
  type: "object",
  properties: {
    name: { type: "string", minLength: 1, description: "In full." },
    age: { type: ["integer", "null"], minimum: 0 },
    tags: { type: "array", items: { enum: ["a", "b"] }, minItems: 1, maxItems: 3 },
    born: { type: "string", format: "date" },
    home: { oneOf: [{ $ref: "#/$defs/place" }, { type: "null" }] },
  },
  required: ["name", "age"],
  $defs: { place: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
};

describe("a schema in Anthropic's form", () => {
  test("is closed, and tells in words what the API does not know", () => {
    expect(outputSchema(PERSON)).toEqual({
      title: "Person",
      type: "object",
      properties: {
        name: { type: "string", description: "In full. (minLength: 1)" },
        age: { type: ["integer", "null"], description: "(minimum: 0)" },
        tags: {
          type: "array",
          items: { enum: ["a", "b"] },
          minItems: 1,
          description: "(maxItems: 3)",
        },
        born: { type: "string", format: "date" },
        home: { anyOf: [{ $ref: "#/$defs/place" }, { type: "null" }] },
      },
      required: ["name", "age"],
      additionalProperties: false,
      $defs: {
        place: {
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
          additionalProperties: false,
        },
      },
    });
  });

  test("leaves the schema that was given alone", () => {
    const before = structuredClone(PERSON);
    outputSchema(PERSON);
    expect(PERSON).toEqual(before);
  });

  test("a type may be implied", () => {
    const implied = { properties: { a: { items: { const: 1 } } }, required: ["a"] };
    expect(outputSchema(implied)).toMatchObject({
      type: "object",
      properties: { a: { type: "array", items: { const: 1 } } },
    });
  });

  const object = (count: number, required: number): JsonObject => {
    const names = Array.from({ length: count }, (_, index) => `p${index}`);
    return {
      type: "object",
      properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
      required: names.slice(0, required),
    };
  };

  test("has as many optional properties as its grammar can bear", () => {
    expect(outputSchema(object(40, 30))).toBeDefined();
    expect(outputSchema(object(40, 29))).toBeUndefined();
  });

  const refusals: [string, JsonObject][] = [
    ["holds itself", { type: "object", properties: { next: { $ref: "#" } } }],
    [
      "holds itself by another",
      { $ref: "#/$defs/a", $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }, { type: "null" }] } } },
    ],
    ["refers elsewhere", { $ref: "https://example.com/schema.json" }],
    ["refers to nothing", { $ref: "#/$defs/gone" }],
    ["is open", { type: "object" }],
    ["has names of its own", { type: "object", properties: {}, additionalProperties: { type: "string" } }],
    ["puts objects together", { allOf: [{ type: "object", properties: {} }] }],
    ["has parts that depend on each other", { ...object(1, 0), anyOf: [{ required: ["p0"] }] }],
    ["demands what it does not know", { type: "object", properties: {}, required: ["a"] }],
    ["lists objects", { enum: [{ a: 1 }] }],
    ["takes anything", {}],
    ["takes any list", { type: "array" }],
    ["has a strange type", { type: "date" }],
  ];
  test.each(refusals)("there is none for one that %s", (_, schema) => {
    expect(outputSchema(schema)).toBeUndefined();
  });

  test("what is named again and again is looked at once", () => {
    let looks = 0;
    const pair = (name: string): JsonObject => ({
      type: "object",
      properties: { a: { $ref: `#/$defs/${name}` }, b: { $ref: `#/$defs/${name}` } },
      required: ["a", "b"],
    });
    const names = Array.from({ length: 16 }, (_, index) => `d${index}`);
    const $defs: JsonObject = Object.fromEntries(names.map((name, index) => [name, pair(`d${index + 1}`)]));
    const last = {
      enumerable: true,
      get() {
        looks++;
        return { type: "string" };
      },
    };
    Object.defineProperty($defs, "d16", last);
    expect(outputSchema({ ...pair("d0"), $defs })).toMatchObject({ $defs: { d16: { type: "string" } } });
    expect(looks).toBeLessThan(5);
  });

  test("what is named twice counts twice", () => {
    const twice = (optional: number): JsonObject => ({
      type: "object",
      properties: { a: { $ref: "#/$defs/part" }, b: { $ref: "#/$defs/part" } },
      required: ["a", "b"],
      $defs: { part: object(optional, 0) },
    });
    expect(outputSchema(twice(5))).toBeDefined();
    expect(outputSchema(twice(6))).toBeUndefined();
  });

  test("nothing throws, whatever a schema holds", () => {
    const key = fc.constantFrom("type", "properties", "items", "anyOf", "enum", "$ref", "required", "$defs");
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("object", "array", "string", "#", "#/$defs/a", null, true, 1),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(key, tie("any"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value.any, { maxKeys: 5 }), (schema) => {
        // The generator makes JSON.
        const closed = outputSchema(schema as JsonObject);
        expect(closed === undefined || typeof closed === "object").toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("an answer of a schema", () => {
  const system = "Be brief.";

  test("is asked of the API where that knows how", () => {
    const body = bodyFor({ model: "claude-sonnet-4-5", schema: PERSON, system });
    expect(body.output_config?.format).toEqual({ type: "json_schema", schema: outputSchema(PERSON) ?? {} });
    expect(body.system).toBe(system);
    const thinking = bodyFor({ model: "claude-opus-5", schema: PERSON, effort: "low" });
    expect(thinking.output_config).toMatchObject({ effort: "low", format: { type: "json_schema" } });
  });

  test.each([
    ["a model that does not know how", "claude-sonnet-4-20250514", PERSON],
    ["another house's model", "glm-5", PERSON],
    ["a schema that has no such form", "claude-opus-5", { type: "object" }],
  ])("is asked in words of %s", (_, model, schema) => {
    const body = bodyFor({ model, schema, system });
    expect(body.output_config).toBeUndefined();
    expect(body.system).toBe(`${system}\n\n${schemaInstruction(schema)}`);
    expect(bodyFor({ model, schema }).system).toBe(schemaInstruction(schema));
  });

  test("the words hold the schema, in one line", () => {
    expect(schemaInstruction(PERSON).split("\n").at(-1)).toBe(JSON.stringify(PERSON));
  });
});
