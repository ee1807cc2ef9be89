/** Which shapes have answers that come to an end: what needs itself to be written never does. Pure. */
import type { ArrayShape, ObjectShape, Shape, Shapes } from "./grammar-shape.ts";

export interface Ends {
  /** Whether there is an answer, be it without what may be left out. */
  some(shape: Shape): boolean;
  /** Whether there is an answer in which every property that can be written is written. */
  full(shape: Shape): boolean;
}

export function endsOf({ definitions }: Shapes): Ends {
  const some = closure(definitions, ({ required }) => required);
  const full = closure(definitions, ({ required, shape }) => required || some(shape));
  return { some, full };
}

type Needs = (property: ObjectShape["properties"][number]) => boolean;

/** Begins with no definition that ends, and adds those that are seen to end, until there are no more. */
function closure(definitions: Shapes["definitions"], needs: Needs): (shape: Shape) => boolean {
  const ending = new Set<string>();
  // What refers comes before what it refers to: seen backwards, most are known at the first try.
  const backwards = [...definitions].reverse();
  for (let before = -1; before < ending.size; ) {
    before = ending.size;
    const ends = check(ending, needs);
    for (const [name, shape] of backwards) if (!ending.has(name) && ends(shape)) ending.add(name);
  }
  return check(ending, needs);
}

function check(ending: ReadonlySet<string>, needs: Needs): (shape: Shape) => boolean {
  const known = new Map<Shape, boolean>();
  const ends = (shape: Shape): boolean => {
    if (shape.kind === "reference") return ending.has(shape.name);
    const before = known.get(shape);
    if (before !== undefined) return before;
    const now = endsBy(shape, needs, ends);
    known.set(shape, now);
    return now;
  };
  return ends;
}

function endsBy(shape: Shape, needs: Needs, ends: (shape: Shape) => boolean): boolean {
  if (shape.kind === "choice") return shape.of.some(ends);
  if (shape.kind === "object") return objectEnds(shape, needs, ends);
  if (shape.kind === "array") return arrayEnds(shape, ends);
  return shape.kind !== "never";
}

function objectEnds(
  { properties, more, least, most }: ObjectShape,
  needs: Needs,
  ends: (shape: Shape) => boolean,
): boolean {
  if (properties.some((property) => needs(property) && !ends(property.shape))) return false;
  const required = properties.filter((property) => property.required).length;
  if (required > most || least > most) return false;
  return properties.filter(({ shape }) => ends(shape)).length >= least || ends(more);
}

function arrayEnds({ prefix, rest, least, most }: ArrayShape, ends: (shape: Shape) => boolean): boolean {
  if (least > most) return false;
  return prefix.slice(0, least).every(ends) && (least <= prefix.length || ends(rest));
}
