/** From a JSON Schema to the shapes of its answers. Pure. */
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";
import { ANY, choiceOf, NEVER, type Shape, type Shapes } from "./grammar-shape.ts";
import { decimals, hasRoom, literals, requireSayable, valuesOf, wholeNumbers } from "./grammar-values.ts";
import {
  constrains,
  highest,
  isObject,
  itemParts,
  listOf,
  lowest,
  objectOf,
  type Parts,
  partsOf,
  prefixOf,
  propertyParts,
  restParts,
  typesOf,
} from "./schema-parts.ts";
import { nameOf } from "./schema-reference.ts";

const FORMATS: ReadonlySet<JsonValue> = new Set(["date-time", "time", "date"]);
/** llama.cpp refuses what repeats much oftener: of more, a grammar counts no end. */
const MOST_CHARACTERS = 1000;
const MOST_ITEMS = 600;
/** Parts of schemas that are looked at: choices beside choices multiply. */
const MOST_PARTS = 100_000;

/** Throws RangeError for a schema that is too large, or that holds what cannot be written. */
export function shapesOf(schema: JsonObject): Shapes & { reason: string | undefined } {
  const maker = new ShapeMaker(schema);
  const root = maker.shape([schema]);
  return { root, definitions: maker.definitions, reason: maker.reason };
}

class ShapeMaker {
  readonly definitions = new Map<string, Shape>();
  /** Why something is never met: the first reason found. */
  reason: string | undefined;
  readonly #root: JsonObject;
  readonly #names = new Map<string, string>();
  readonly #numbers = new Map<object, number>();
  #looked = 0;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  /** The shape of what meets all `values`. Behind a reference it becomes a definition, as it may hold itself. */
  shape(values: readonly JsonValue[]): Shape {
    const parts = partsOf(values, this.#root);
    const schemas = parts.schemas.filter(constrains);
    const [reference] = parts.references;
    if (reference === undefined || (schemas.length === 0 && parts.choices.length === 0))
      return this.#shapeOf(parts);
    const key = [schemas, parts.choices].map((list) => this.#keyOf(list)).join(";");
    const known = this.#names.get(key);
    if (known !== undefined) return { kind: "reference", name: known };
    const name = this.#newName(nameOf(reference));
    this.#names.set(key, name);
    this.definitions.set(name, NEVER);
    this.definitions.set(name, this.#shapeOf(parts));
    return { kind: "reference", name };
  }

  #shapeOf(parts: Parts, made: ReadonlySet<JsonValue[]> = new Set()): Shape {
    this.#looked += parts.schemas.length + 1;
    if (this.#looked > MOST_PARTS)
      throw new RangeError("it is too large, or its choices have too many combinations");
    if (parts.nothing) return this.#never("a part of it is `false`, which nothing meets");
    const schemas = parts.schemas.filter(constrains);
    const [options, ...others] = parts.choices;
    if (!options) return this.#plain(schemas);
    if (options.length === 0) return this.#never("a choice in it is empty");
    if (schemas.length + others.length === 0) return choiceOf(options.map((option) => this.shape([option])));
    const next = new Set([...made, options]);
    return choiceOf(
      options.map((option) => this.#shapeOf(partsOf([...parts.schemas, option], this.#root, next), next)),
    );
  }

  #plain(schemas: readonly JsonObject[]): Shape {
    const values = valuesOf(schemas);
    if (values?.length === 0) return this.#never("none of the values in a list of it may be used");
    if (values) return literals(values);
    const types = typesOf(schemas);
    if (!types) return ANY;
    if (types.length === 0) return this.#never("no type meets all parts of it");
    return choiceOf(types.map((type) => this.#typed(type, schemas)));
  }

  #typed(type: string, schemas: readonly JsonObject[]): Shape {
    if (type === "object") return this.#object(schemas);
    if (type === "array") return this.#array(schemas);
    if (type === "string") return this.#text(schemas);
    if (type !== "integer" && type !== "number") return { kind: "simple", schema: { type } };
    const listed = type === "integer" ? wholeNumbers(schemas) : decimals(schemas);
    if (listed?.length === 0 || !hasRoom(schemas)) return this.#never("no number lies in a range of it");
    return listed ? literals(listed) : { kind: "simple", schema: { type } };
  }

  #text(schemas: readonly JsonObject[]): Shape {
    const least = Math.max(0, highest(schemas, "minLength"));
    const most = lowest(schemas, "maxLength");
    if (least > most) return this.#never("a text of it has no possible length");
    const format = schemas.map((schema) => schema.format).find((one) => FORMATS.has(one ?? ""));
    if (format !== undefined) return { kind: "simple", schema: { type: "string", format } };
    const minLength = Math.min(least, MOST_CHARACTERS);
    const lengths = { ...(least > 0 && { minLength }), ...(most <= MOST_CHARACTERS && { maxLength: most }) };
    return { kind: "simple", schema: { type: "string", ...lengths } };
  }

  #object(schemas: readonly JsonObject[]): Shape {
    const required = new Set(schemas.flatMap((schema) => listOf(schema.required)));
    const named = this.#namesOf(schemas);
    const known = schemas.flatMap(({ properties }) => Object.keys(objectOf(properties)));
    const names = new Set(
      [...known, ...(named ?? []), ...required].filter((name) => typeof name === "string"),
    );
    const properties = [...names].map((name) => {
      requireSayable(name);
      const shape = named?.includes(name) === false ? NEVER : this.shape(propertyParts(schemas, name));
      const description = descriptionOf(schemas, name);
      return { name, shape, required: required.has(name), ...(description !== undefined && { description }) };
    });
    const unnamed = names.size === 0 && schemas.every((schema) => schema.properties === undefined);
    return {
      kind: "object",
      properties,
      more: named ? NEVER : this.#others(schemas),
      // Where some properties are known the others are noise, unless they are asked for.
      open: schemas.some(({ additionalProperties: additional }) => isObject(additional)) || unnamed,
      least: Math.min(MOST_ITEMS, Math.max(0, highest(schemas, "minProperties"))),
      most: counted(lowest(schemas, "maxProperties")),
    };
  }

  /** The names that properties may have, if the schemas list them. */
  #namesOf(schemas: readonly JsonObject[]): JsonValue[] | undefined {
    const asked = schemas.flatMap(({ propertyNames }) => (isObject(propertyNames) ? [propertyNames] : []));
    return valuesOf(partsOf(asked, this.#root).schemas);
  }

  /** The shape of a property whose name is not known: whatever patterns its name may match, it meets them. */
  #others(schemas: readonly JsonObject[]): Shape {
    const parts = schemas.flatMap(({ additionalProperties, unevaluatedProperties, patternProperties }) => [
      additionalProperties ?? unevaluatedProperties ?? true,
      ...Object.values(objectOf(patternProperties)),
    ]);
    return parts.includes(false) ? NEVER : this.shape(parts);
  }

  #array(schemas: readonly JsonObject[]): Shape {
    const length = Math.max(0, ...schemas.map((schema) => prefixOf(schema).length));
    const prefix = Array.from({ length }, (_, index) => this.shape(itemParts(schemas, index)));
    const rest = restParts(schemas);
    return {
      kind: "array",
      prefix,
      rest: rest.includes(false) ? NEVER : this.shape(rest),
      least: Math.min(MOST_ITEMS, Math.max(0, highest(schemas, "minItems"))),
      most: counted(lowest(schemas, "maxItems")),
    };
  }

  #never(reason: string): Shape {
    this.reason ??= reason;
    return NEVER;
  }

  #newName(name: string): string {
    let number = 1;
    while (this.definitions.has(number === 1 ? name : `${name}_${number}`)) number++;
    return number === 1 ? name : `${name}_${number}`;
  }

  /** The same for the same things. */
  #keyOf(things: readonly object[]): string {
    const numbers = things.map((thing) => {
      const number = this.#numbers.get(thing) ?? this.#numbers.size;
      this.#numbers.set(thing, number);
      return number;
    });
    return numbers.sort((one, other) => one - other).join();
  }
}

function counted(most: number): number {
  return most > MOST_ITEMS ? Number.POSITIVE_INFINITY : most;
}

function descriptionOf(schemas: readonly JsonObject[], name: string): string | undefined {
  for (const { properties } of schemas) {
    const { description } = objectOf(objectOf(properties)[name]);
    if (typeof description === "string" && description !== "") return description;
  }
  return undefined;
}
