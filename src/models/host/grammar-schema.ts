/**
 * From JSON Schema, as users and tools write it, to the part of it that the library makes grammars of. The result
 * accepts nothing that the schema refuses, as far as a grammar can say it: patterns, formats that the library does not
 * know, large ranges, lengths and counts, `not`, `if`, `contains`, `uniqueItems`, that one alone of `oneOf` is met, and
 * that no name comes twice stay unchecked. Pure.
 */
import type { JsonObject } from "../../lib/conversation.ts";
import { type Ends, endsOf } from "./grammar-ends.ts";
import type { ArrayShape, ObjectShape, PropertyShape, Shape } from "./grammar-shape.ts";
import { shapesOf } from "./grammar-shapes.ts";

export interface GrammarSchemaOptions {
  /**
   * The grammar writes every property. `null` lets the model leave out an optional one, to be taken away afterwards;
   * `write` has it written all the same, unless it might never end.
   */
  optional: "null" | "write";
}

interface Writing extends GrammarSchemaOptions {
  ends: Ends;
}

/** The schema for the library. Throws RangeError, saying why, for one that no answer can meet or that is too large. */
export function grammarSchema(schema: JsonObject, { optional }: GrammarSchemaOptions): JsonObject {
  const shapes = shapesOf(schema);
  const writing: Writing = { optional, ends: endsOf(shapes) };
  if (!writing.ends.some(shapes.root)) {
    throw new RangeError(shapes.reason ?? "an answer would have to hold itself, and never end");
  }
  const definitions = [...shapes.definitions].filter(([, shape]) => writing.ends.some(shape));
  const root = write(shapes.root, writing);
  if (definitions.length === 0) return root;
  return {
    ...root,
    $defs: Object.fromEntries(definitions.map(([name, shape]) => [name, write(shape, writing)])),
  };
}

function write(shape: Shape, writing: Writing): JsonObject {
  switch (shape.kind) {
    case "simple":
      return shape.schema;
    case "reference":
      return { $ref: `#/$defs/${shape.name}` };
    case "choice":
      return oneOf(shape.of.filter((one) => writing.ends.some(one)).map((one) => write(one, writing)));
    case "object":
      return writeObject(shape, writing);
    case "array":
      return writeArray(shape, writing);
    default:
      return ANYTHING;
  }
}

const ANYTHING: JsonObject = {
  oneOf: [
    { type: ["string", "number", "boolean", "null"] },
    { type: "object", additionalProperties: true },
    { type: "array" },
  ],
};

/** Each of the schemas once. */
function oneOf(schemas: readonly JsonObject[]): JsonObject {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  const [first, ...others] = distinct;
  return first && others.length === 0 ? first : { oneOf: distinct };
}

function writeObject(shape: ObjectShape, writing: Writing): JsonObject {
  const { optional, ends } = writing;
  const possible = shape.properties.filter((property) => ends.some(property.shape));
  if (optional === "null") return writeProperties(shape, possible, writing);
  const written = fewer(possible, shape.most);
  const sure = written.filter((property) => property.required || ends.full(property.shape));
  const choices = sure.length === written.length || sure.length < shape.least ? [written] : [written, sure];
  return oneOf(choices.map((properties) => writeProperties(shape, properties, writing)));
}

/** The last of the optional ones go first. */
function fewer(properties: readonly PropertyShape[], most: number): readonly PropertyShape[] {
  const required = properties.filter((property) => property.required).length;
  const optional = properties.filter((property) => !property.required).slice(0, Math.max(0, most - required));
  return properties.filter((property) => property.required || optional.includes(property));
}

function writeProperties(
  { more, open, least, most }: ObjectShape,
  properties: readonly PropertyShape[],
  writing: Writing,
): JsonObject {
  const { ends, optional } = writing;
  const written = properties.map(({ name, shape, required, description }): [string, JsonObject] => {
    const value = write(shape, writing);
    if (optional === "write") return [name, value];
    const said = { ...(description !== undefined && { description }) };
    return [name, required ? { ...value, ...said } : { oneOf: [value, { type: "null" }], ...said }];
  });
  const others = ends.some(more) && most > written.length && (open || least > written.length);
  return {
    type: "object",
    properties: Object.fromEntries(written),
    ...(others && {
      additionalProperties: more.kind === "any" ? true : write(more, writing),
      ...(least > 0 && { minProperties: least }),
      ...(Number.isFinite(most) && { maxProperties: most }),
    }),
  };
}

/** The library writes all items of the prefix: the first that need not be written, and might never end, ends it. */
function writeArray({ prefix, rest, least, most }: ArrayShape, writing: Writing): JsonObject {
  const { ends } = writing;
  const endless = prefix.findIndex((item, index) => !(index < least ? ends.some(item) : ends.full(item)));
  const length = Math.min(most, endless < 0 ? prefix.length : endless);
  const closed = length < prefix.length || !ends.some(rest);
  const last = closed ? length : most;
  return {
    type: "array",
    ...(!closed && rest.kind !== "any" && { items: write(rest, writing) }),
    ...(length > 0 && { prefixItems: prefix.slice(0, length).map((item) => write(item, writing)) }),
    ...(least > 0 && { minItems: least }),
    ...(Number.isFinite(last) && { maxItems: last }),
  };
}
