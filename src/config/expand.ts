/**
 * Variables in the texts of a configuration file: `${VAR}`, `${VAR:-default}` (when VAR is unset or empty), and
 * `$${` for a literal `${`. Pure.
 */
import type { Environment } from "./paths.ts";
import { keyPath, type Problem } from "./problem.ts";

export type Expanded<T> = { value: T } | { problems: Problem[] };

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

/** Expands every text of a parsed file. All problems are given. */
export function expandTree(tree: unknown, env: Environment): Expanded<unknown> {
  const problems: Problem[] = [];
  const value = expandAt(tree, [], env, problems);
  return problems.length > 0 ? { problems } : { value };
}

function expandAt(value: unknown, path: string[], env: Environment, problems: Problem[]): unknown {
  if (typeof value === "string") return expandLeaf(value, path, env, problems);
  if (Array.isArray(value)) {
    return value.map((item, index) => expandAt(item, [...path, String(index)], env, problems));
  }
  // Dates are objects too, and stay for the schema to refuse.
  if (!isTable(value)) return value;
  const table: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    // Assigning it would change the table's prototype, and the schema would never see it.
    if (key === "__proto__") problems.push({ key: keyPath([...path, key]), text: "is not a name" });
    else table[key] = expandAt(item, [...path, key], env, problems);
  }
  return table;
}

function expandLeaf(text: string, path: string[], env: Environment, problems: Problem[]): string {
  const result = expandText(text, env);
  if ("value" in result) return result.value;
  problems.push({ key: keyPath(path), text: result.problem });
  return text;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
