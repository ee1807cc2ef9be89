/**
 * Layers of configuration, the later ones above the earlier, merged into one. Pure.
 */
import { keyPath } from "./problem.ts";
import type { RawConfiguration } from "./schema.ts";

/** The source of what options say. */
export const COMMAND_LINE = "command line";

export interface Layer {
  /** A file, an environment variable, or `command line`. */
  source: string;
  values: RawConfiguration;
  /** Providers and disabled servers that lack a variable: by key (`providers.gpu`) the line that says so. */
  unset?: Readonly<Record<string, string>>;
}

export interface Merged {
  values: RawConfiguration;
  sources: Record<string, string>;
  /** As in the layers, of what is in force. */
  unset: Record<string, string>;
}

type Tree = Record<string, unknown>;

/**
 * Tables are merged key by key, lists are replaced. A provider and a server are replaced whole: half of one, with
 * the address of a project and the key of the user, would send the key where the user never meant it to go.
 */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const values: Tree = {};
  const sources: Record<string, string> = {};
  for (const layer of layers) mergeTable(values, layer.values, [], layer.source, sources);
  // Each layer has the shape, and merging by key keeps it.
  return { values: values as RawConfiguration, sources, unset: unsetInForce(layers, sources) };
}

function unsetInForce(layers: readonly Layer[], sources: Merged["sources"]): Merged["unset"] {
  const all = layers.flatMap(({ source, unset = {} }) =>
    Object.entries(unset).filter(([key]) => sources[key] === source),
  );
  return Object.fromEntries(all);
}

function mergeTable(
  target: Tree,
  table: Tree,
  path: string[],
  source: string,
  sources: Record<string, string>,
): void {
  for (const [key, value] of Object.entries(table)) {
    if (value === undefined) continue;
    const here = [...path, key];
    if (!isTable(value) || isUnit(path)) {
      target[key] = value;
      sources[keyPath(here)] = source;
      continue;
    }
    const inner = Object.hasOwn(target, key) && isTable(target[key]) ? target[key] : {};
    target[key] = inner;
    mergeTable(inner, value, here, source, sources);
  }
}

function isUnit(path: readonly string[]): boolean {
  const parent = path.join(".");
  return parent === "providers" || parent === "mcp.servers";
}

function isTable(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
