/**
 * Names that stand for models, put in their place once all layers are merged: an alias of the user's file may be meant
 * by a project's, by a variable, or on the command line. Pure.
 */
import { UsageError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { MODEL_FORM } from "./forms.ts";
import { COMMAND_LINE, type Merged } from "./layers.ts";
import { configurationError, keyPath, type Problem } from "./problem.ts";
import type { RawConfiguration } from "./schema.ts";

export type ModelAliases = Readonly<Record<string, string>>;

/** A problem, and the layer that has it. */
interface Misnamed extends Problem {
  source: string;
}

/**
 * The same with models where aliases were named, an alias of an alias included. Throws ConfigurationError for what is
 * neither, its line naming source, key and the nearest alias; UsageError where the command line said so.
 */
export function withoutAliases(merged: Merged): Merged {
  const { values } = merged;
  const aliases = values.models?.aliases ?? {};
  const problems: Misnamed[] = [];
  const resolve = (path: readonly PropertyKey[], name: string): string => {
    const found = modelOf(name, aliases);
    if ("model" in found) return found.model;
    const source = sourceOf(merged, path);
    problems.push({ key: keyPath(path), text: found.problem, source });
    return name;
  };
  const { model, fallback, models } = values;
  const resolved: RawConfiguration = {
    ...values,
    ...(model !== undefined && { model: resolve(["model"], model) }),
    ...(fallback && { fallback: fallback.map((name, index) => resolve(["fallback", index], name)) }),
    ...(models?.aliases && { models: { ...models, aliases: resolvedAliases(aliases, resolve) } }),
  };
  complain([...problems, ...hiding(merged, aliases)], values);
  return { ...merged, values: resolved };
}

/** What ends as a file does is one to whoever names it. */
function hiding(merged: Merged, aliases: ModelAliases): Misnamed[] {
  const text = "is the path of a file: an alias is a name of its own";
  const names = Object.keys(aliases).filter((name) => MODEL_FORM.pattern.test(name));
  const paths = names.map((name) => ["models", "aliases", name]);
  return paths.map((path) => ({ key: keyPath(path), text, source: sourceOf(merged, path) }));
}

function resolvedAliases(
  aliases: ModelAliases,
  resolve: (path: readonly PropertyKey[], name: string) => string,
): Record<string, string> {
  const entries = Object.entries(aliases);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, resolve(["models", "aliases", name], value)]),
  );
}

/** Follows aliases to a model; a name that was passed before is a circle. */
function modelOf(name: string, aliases: ModelAliases): { model: string } | { problem: string } {
  const passed: string[] = [];
  let current = name;
  while (!MODEL_FORM.pattern.test(current)) {
    if (passed.includes(current)) return { problem: `leads in a circle: ${circle(passed, current)}` };
    passed.push(current);
    const next = Object.hasOwn(aliases, current) ? aliases[current] : undefined;
    if (next === undefined)
      return { problem: `should be ${MODEL_FORM.what}${aliasAdvice(current, aliases)}` };
    current = next;
  }
  return { model: current };
}

function circle(passed: readonly string[], back: string): string {
  return [...passed.slice(passed.indexOf(back)), back].join(" -> ");
}

/** What to add to a complaint about a name that is no model's: the nearest alias, else which there are. */
export function aliasAdvice(name: string, aliases: ModelAliases): string {
  const names = Object.keys(aliases);
  if (names.length === 0) return "";
  const near = nearest(name, names);
  return near === undefined ? `, or one of the aliases ${names.join(", ")}` : `; did you mean ${near}?`;
}

/** A list has one source for all that is in it. */
function sourceOf({ sources }: Merged, path: readonly PropertyKey[]): string {
  return sources[keyPath(path)] ?? sources[keyPath(path.slice(0, 1))] ?? "configuration";
}

/** Of several sources the first is told of. */
function complain(problems: readonly Misnamed[], values: RawConfiguration): void {
  const [first] = problems;
  if (!first) return;
  const { source, key, text } = first;
  if (source === COMMAND_LINE) throw new UsageError(`${optionOf(key, values)}: ${text}`);
  // A variable is what its user knows, and may hold several.
  if (VARIABLE.test(source)) {
    const which = key === "model" ? "" : `${named(key, values)}: `;
    throw configurationError("environment", [{ key: source, text: `${which}${text}` }]);
  }
  throw configurationError(
    source,
    problems.filter((problem) => problem.source === source),
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
