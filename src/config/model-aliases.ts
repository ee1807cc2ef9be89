/**
 * Names that stand for models, put in their place once all layers are merged: an alias of the user's file may be meant
 * by a project's, by a variable, or on the command line. Pure.
 */
import { UsageError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { MODEL_FORM } from "./forms.ts";
import { COMMAND_LINE, type Layer, type Merged, mergeLayers } from "./layers.ts";
import { configurationError, keyPath, type Problem } from "./problem.ts";
import type { RawConfiguration } from "./schema.ts";

type ModelAliases = Readonly<Record<string, string>>;

/** A problem, and the layer that has it. */
interface Misnamed extends Problem {
  source: string;
  /** The aliases of the circle that it leads into, the same for all that do. */
  circle?: string;
}

/**
 * The layers merged, with models where aliases were named, an alias of an alias included. Throws ConfigurationError for
 * what is neither, wherever it stands, its line naming source, key and the nearest alias; UsageError where the command
 * line said so.
 */
export function mergeWithAliases(layers: readonly Layer[]): Merged {
  const merged = mergeLayers(layers);
  const aliases = merged.values.models?.aliases ?? {};
  complain(
    [...layers.flatMap((layer) => misnamedIn(layer, aliases)), ...badAliases(merged, aliases)],
    layers,
  );
  const resolved = (name: string) => {
    const found = modelOf(name, aliases);
    return "model" in found ? found.model : name;
  };
  const { model, fallback, models } = merged.values;
  const values: RawConfiguration = {
    ...merged.values,
    ...(model !== undefined && { model: resolved(model) }),
    ...(fallback && { fallback: fallback.map(resolved) }),
    ...(models?.aliases && { models: { ...models, aliases: mapped(aliases, resolved) } }),
  };
  return { ...merged, values };
}

function misnamedIn({ source, values }: Layer, aliases: ModelAliases): Misnamed[] {
  const { model, fallback = [] } = values;
  return [
    ...(model === undefined ? [] : misnamed(["model"], model, aliases, source)),
    ...fallback.flatMap((name, index) => misnamed(["fallback", index], name, aliases, source)),
  ];
}

/** What ends as a file does is one to whoever names it. */
function badAliases({ sources }: Merged, aliases: ModelAliases): Misnamed[] {
  return Object.entries(aliases).flatMap(([name, model]) => {
    const path = ["models", "aliases", name];
    const key = keyPath(path);
    const source = sources[key] ?? "";
    const text = "is the path of a file: an alias is a name of its own";
    const hides = MODEL_FORM.pattern.test(name) ? [{ key, text, source }] : [];
    // From itself on, for a circle to be shown from here.
    const start = hides.length > 0 ? model : name;
    return [...hides, ...misnamed(path, start, aliases, source)];
  });
}

function misnamed(
  path: readonly PropertyKey[],
  name: string,
  aliases: ModelAliases,
  source: string,
): Misnamed[] {
  const found = modelOf(name, aliases);
  if ("model" in found) return [];
  const { problem: text, circle } = found;
  return [{ key: keyPath(path), text, source, ...(circle !== undefined && { circle }) }];
}

function mapped(aliases: ModelAliases, resolved: (name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(aliases).map(([name, model]) => [name, resolved(model)]));
}

type Found = { model: string } | { problem: string; circle?: string };

/** Follows aliases to a model; a name that was passed before is a circle. */
function modelOf(name: string, aliases: ModelAliases): Found {
  const passed: string[] = [];
  let current = name;
  while (!MODEL_FORM.pattern.test(current)) {
    if (passed.includes(current)) return circleAt(passed, current);
    passed.push(current);
    const next = Object.hasOwn(aliases, current) ? aliases[current] : undefined;
    if (next === undefined)
      return { problem: `should be ${MODEL_FORM.what}${aliasAdvice(current, aliases)}` };
    current = next;
  }
  return { model: current };
}

function circleAt(passed: readonly string[], back: string): Found {
  const members = passed.slice(passed.indexOf(back));
  const way = [...passed, back].join(" -> ");
  const advice = members.length > 1 ? "one of these has to name a model" : "it has to name a model";
  return { problem: `leads in a circle: ${way}; ${advice}`, circle: members.toSorted().join(" ") };
}

/** What to add to a complaint about a name that is no model's: the nearest alias, else which there are. */
function aliasAdvice(name: string, aliases: ModelAliases): string {
  const names = Object.keys(aliases);
  if (names.length === 0) return "";
  const near = nearest(name, names);
  return near === undefined ? `, or one of the aliases ${names.join(", ")}` : `; did you mean ${near}?`;
}

/** Of several sources the first is told of. */
function complain(problems: readonly Misnamed[], layers: readonly Layer[]): void {
  const [first] = problems;
  if (!first) return;
  const { source, key, text } = first;
  const values = layers.find((layer) => layer.source === source)?.values ?? {};
  if (source === COMMAND_LINE) throw new UsageError(`${optionOf(key, values)}: ${text}`);
  // A variable is what its user knows, and may hold several.
  if (VARIABLE.test(source)) {
    const which = key === "model" ? "" : `${named(key, values)}: `;
    throw configurationError("environment", [{ key: source, text: `${which}${text}` }]);
  }
  throw configurationError(source, withoutRepeats(problems.filter((problem) => problem.source === source)));
}

/** A circle is one mistake, however many names lead into it. */
function withoutRepeats(problems: readonly Misnamed[]): Misnamed[] {
  return problems.filter(
    ({ circle }, index) =>
      circle === undefined || problems.findIndex((other) => other.circle === circle) === index,
  );
}

const VARIABLE = /^MCPCHAT_[A-Z_]+$/;

/** The option as it was given, such as `--fallback fats`. */
function optionOf(key: string, values: RawConfiguration): string {
  return `--${key === "model" ? "model" : "fallback"} ${named(key, values)}`;
}

/** What stands at `model` or `fallback.1`. */
function named(key: string, { model = "", fallback = [] }: RawConfiguration): string {
  return key === "model" ? model : (fallback[Number(key.split(".")[1])] ?? "");
}
