/** What answers may look like, between a JSON Schema and what the library makes grammars of. */
import type { JsonObject } from "../../lib/conversation.ts";

export type Shape =
  | { kind: "any" }
  | { kind: "never" }
  /** Text, number, truth value, null or a list of such values, in the library's words. */
  | { kind: "simple"; schema: JsonObject }
  | { kind: "choice"; of: readonly Shape[] }
  | { kind: "reference"; name: string }
  | ObjectShape
  | ArrayShape;

export interface ObjectShape {
  kind: "object";
  properties: readonly PropertyShape[];
  /** Properties of other names. */
  more: Shape;
  /** Whether others are to be let in where nothing asks for them. */
  open: boolean;
  least: number;
  most: number;
}

export interface PropertyShape {
  name: string;
  shape: Shape;
  required: boolean;
  /** What a model that is to call a tool should know of it. */
  description?: string;
}

export interface ArrayShape {
  kind: "array";
  prefix: readonly Shape[];
  rest: Shape;
  least: number;
  most: number;
}

export interface Shapes {
  root: Shape;
  /** What references lead to. */
  definitions: ReadonlyMap<string, Shape>;
}

export const NEVER: Shape = { kind: "never" };
export const ANY: Shape = { kind: "any" };

/** One of the shapes. */
export function choiceOf(shapes: readonly Shape[]): Shape {
  const flat = shapes.flatMap((shape) => (shape.kind === "choice" ? shape.of : [shape]));
  const possible = flat.filter(({ kind }) => kind !== "never");
  const [first, ...others] = possible;
  if (!first) return NEVER;
  return others.length === 0 ? first : { kind: "choice", of: possible };
}
