/**
 * Variables in the texts of a configuration file: `${VAR}`, `${VAR:-default}` (when VAR is unset or empty), and
 * `$${` for a literal `${`. Pure.
 */
import type { Environment } from "./paths.ts";
import { keyPath, type Problem } from "./problem.ts";

/** `unset` has the problems of what need not be used, by its key: providers, and servers that are disabled. */
export type Expanded<T> = { value: T; unset: Record<string, Problem[]> } | { problems: Problem[] };

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}|\$\{/g;

/** Expands one text. The problem, if any, names the variable. */
export function expandText(text: string, env: Environment): { value: string } | { problem: string } {
  // Most texts have no variable; the regular expression is for those that do.
  if (!text.includes("${")) return { value: text };
  let problem: string | undefined;
  const value = text.replace(REFERENCE, (match, name?: string, withDefault?: string, fallback?: string) => {
    if (match === "$${") return "${";
    if (name === undefined) {
      problem ??= 'has a "${" that is no variable; write "$${" for the characters themselves';
      return match;
    }
    const found = env[name];
    if (withDefault !== undefined) return found || (fallback ?? "");
    if (found === undefined) {
      problem ??= `the variable ${name} is not set; set it, or write \${${name}:-default}`;
    }
    return found ?? match;
  });
  return problem === undefined ? { value } : { problem };
}

/** A text that is to be read as it is, but for its variables: any other `${` is written so that it stays one. */
export function literalDollars(text: string): string {
  return text.replace(REFERENCE, (match) => (match === "${" ? "$${" : match));
}

interface Expansion {
  env: Environment;
  problems: Problem[];
  unset: Record<string, Problem[]>;
}

/** Expands every text of a parsed file. All problems are given; a text with one is left as it is. */
export function expandTree(tree: unknown, env: Environment): Expanded<unknown> {
  const expansion: Expansion = { env, problems: [], unset: {} };
  const value = expandAt(tree, [], expansion);
  const { problems, unset } = expansion;
  return problems.length > 0 ? { problems } : { value, unset };
}

function expandAt(value: unknown, path: string[], expansion: Expansion): unknown {
  if (typeof value === "string") return expandLeaf(value, path, expansion);
  if (Array.isArray(value)) {
    return value.map((item, index) => expandAt(item, [...path, String(index)], expansion));
  }
  // Dates are objects too, and stay for the schema to refuse.
  if (!isTable(value)) return value;
  if (!isOptional(value, path)) return expandTable(value, path, expansion);
  const apart: Expansion = { ...expansion, problems: [] };
  const table = expandTable(value, path, apart);
  if (apart.problems.length > 0) expansion.unset[keyPath(path)] = apart.problems;
  return table;
}

/** Whether a run can do without it: only then may a variable be missing. */
function isOptional(table: Record<string, unknown>, path: readonly string[]): boolean {
  const parent = path.slice(0, -1).join(".");
  return parent === "providers" || (parent === "mcp.servers" && table.enabled === false);
}

function expandTable(
  value: Record<string, unknown>,
  path: string[],
  expansion: Expansion,
): Record<string, unknown> {
  const table: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    // Assigning it would change the table's prototype, and the schema would never see it.
    if (key === "__proto__") expansion.problems.push({ key: keyPath([...path, key]), text: "is not a name" });
    else table[key] = expandAt(item, [...path, key], expansion);
  }
  return table;
}

function expandLeaf(text: string, path: string[], { env, problems }: Expansion): string {
  const result = expandText(text, env);
  if ("value" in result) return result.value;
  problems.push({ key: keyPath(path), text: result.problem });
  return text;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
