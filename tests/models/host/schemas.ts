/** Schemas as users write them, of what a grammar can say, and each with answers that meet it. */
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../src/lib/conversation.ts";

const DEFINITIONS: JsonObject = {
  text: { type: "string", minLength: 1, maxLength: 6 },
  "a/b %": { enum: ["x", 2, null, ["y", { z: false }]] },
  tree: {
    type: "object",
    properties: { of: { type: "array", items: { $ref: "#/$defs/tree" } } },
    required: ["of"],
  },
  chain: { properties: { it: { $ref: "#/$defs/text" }, next: { $ref: "#/$defs/chain" } }, required: ["it"] },
  outer: { $defs: { inner: { type: "boolean" } } },
};
const REFERENCES = ["text", "a~1b%20%25", "tree", "chain", "outer/$defs/inner"].map((at) => ({
  $ref: `#/$defs/${at}`,
}));

const word = fc.string({ unit: "grapheme-ascii", maxLength: 4 });

const range = (keys: readonly [string, string]) =>
  fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })).map(([least, more]) => ({
    [keys[0]]: least,
    [keys[1]]: least + more,
  }));

const leaf = fc.oneof<fc.Arbitrary<JsonObject>[]>(
  fc.constantFrom(...REFERENCES),
  fc.constantFrom("string", "integer", "number", "boolean", "null").map((type) => ({ type })),
  fc.constant({ type: ["null", "integer"] }),
  fc
    .uniqueArray(fc.oneof(word, fc.integer(), fc.boolean()), { minLength: 1, maxLength: 4 })
    .map((values) => ({ enum: values })),
  word.map((value) => ({ type: "string", enum: [value, 1, null] })),
  fc.oneof(word, fc.array(word, { maxLength: 2 })).map((value) => ({ const: value })),
  range(["minimum", "maximum"]).map((bounds) => ({ type: "number", ...bounds })),
  range(["minLength", "maxLength"]).map((lengths) => ({ type: "string", ...lengths })),
  range(["exclusiveMinimum", "maximum"]).map(({ exclusiveMinimum = 0, maximum = 0 }) => ({
    type: "integer",
    exclusiveMinimum: exclusiveMinimum - 1,
    maximum,
  })),
);

/** Schemas of any kind; none is deeper than three. */
function anySchema(depth: number): fc.Arbitrary<JsonObject> {
  if (depth === 0) return leaf;
  const inner = anySchema(depth - 1);
  const list = fc
    .tuple(inner, range(["minItems", "maxItems"]))
    .map(([items, counts]) => ({ items, ...counts, type: "array" }));
  const tuple = fc
    .array(inner, { minLength: 1, maxLength: 3 })
    .map((prefixItems) => ({ type: "array", prefixItems, items: false }));
  const union = fc.array(inner, { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf }));
  const map = inner.map((additionalProperties) => ({ type: "object", additionalProperties }));
  return fc.oneof(leaf, list, tuple, union, map, { arbitrary: objectSchema(depth), weight: 4 });
}

/** Objects, plain and put together. */
function objectSchema(depth: number): fc.Arbitrary<JsonObject> {
  const [ab, cd] = [plainObject(depth, ["a", "b"]), plainObject(depth, ["c", 'd"\\'])];
  return fc.oneof(
    ab,
    fc.tuple(ab, cd).map((allOf) => ({ allOf })),
    fc.tuple(ab, cd).map(([one, other]) => ({ ...one, anyOf: [{ required: ["b"] }, other] })),
    fc.tuple(ab, cd).map(([one, other]) => ({
      type: "object",
      required: ["kind"],
      oneOf: [one, other].map((each, kind) => ({
        required: [...listOf(each.required), "kind"],
        properties: { ...(each.properties as JsonObject), kind: { const: kind } }, // As plainObject makes it.
      })),
    })),
    ab.map((one) => ({ ...one, $ref: "#/$defs/chain", maxProperties: 4 })),
    ab.map((one) => ({ ...one, additionalProperties: false, required: [] })),
  );
}

/** Some names have a schema, and some are required: maybe one that has none. */
function plainObject(depth: number, names: readonly [string, string]): fc.Arbitrary<JsonObject> {
  const inner = anySchema(depth - 1);
  return fc
    .record({ one: inner, other: fc.option(inner), required: fc.subarray([...names]) })
    .map(({ one, other, required }) => ({
      type: "object",
      properties: { [names[0]]: one, ...(other && { [names[1]]: other }) },
      required,
    }));
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

export const schemas: fc.Arbitrary<JsonObject> = fc.oneof(objectSchema(2), anySchema(2)).map((schema) => ({
  ...schema,
  $defs: DEFINITIONS,
}));
