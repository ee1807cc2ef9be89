/**
 * Strict parsing of options from the same table that citty makes the help from. citty itself takes any flag for a
 * string and knows no repeated ones, and a script must hear of its mistakes. Node's parser would do, but loading
 * node:util takes 1 ms of each start.
 */
import { UsageError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";

/** One option; the fields are citty's, plus `multiple` for one that may be repeated. */
export interface OptionDefinition {
  readonly type: "string" | "boolean";
  readonly description: string;
  readonly alias?: string;
  readonly valueHint?: string;
  readonly multiple?: boolean;
}

export type OptionTable = Readonly<Record<string, OptionDefinition>>;

type ValueOf<D extends OptionDefinition> = D["type"] extends "boolean"
  ? boolean
  : D extends { multiple: true }
    ? string[]
    : string;

export interface ParsedOptions<T extends OptionTable> {
  values: { [K in keyof T]?: ValueOf<T[K]> };
  positionals: string[];
}

/**
 * Throws UsageError for an unknown option, a missing value, a value where none belongs, or more than `mostWords` words:
 * what is not understood is not passed over in silence.
 */
export function parseOptions<T extends OptionTable>(
  rawArgs: readonly string[],
  table: T,
  mostWords = Number.POSITIVE_INFINITY,
): ParsedOptions<T> {
  const values: Values = {};
  const positionals: string[] = [];
  const rest = [...rawArgs];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") positionals.push(...rest.splice(0));
    else if (word.startsWith("--")) readLong(word.slice(2), rest, table, values);
    else if (word.startsWith("-") && word !== "-") readLetters(word.slice(1), rest, table, values);
    else positionals.push(word);
  }
  const extra = positionals[mostWords];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${extra}`, "see mcpchat --help");
  return { values: values as ParsedOptions<T>["values"], positionals }; // Read by this very table.
}

type Values = Record<string, boolean | string | string[]>;

/** `--name`, `--name VALUE` or `--name=VALUE`. */
function readLong(word: string, rest: string[], table: OptionTable, values: Values): void {
  const equals = word.indexOf("=", 1);
  const name = equals === -1 ? word : word.slice(0, equals);
  const option = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!option) throw unknownOption(`--${name}`, table);
  if (option.type === "boolean" && equals !== -1) {
    throw new UsageError(`--${name} takes no value`, "see mcpchat --help");
  }
  if (option.type === "boolean") values[name] = true;
  else keep(values, name, option, equals === -1 ? takeValue(name, rest) : word.slice(equals + 1));
}

/** `-q`, `-qv`, `-m VALUE` or `-mVALUE`: what follows the letter of an option with a value is that value. */
function readLetters(letters: string, rest: string[], table: OptionTable, values: Values): void {
  for (let at = 0; at < letters.length; at++) {
    const letter = String.fromCodePoint(letters.codePointAt(at) ?? 0);
    const [name, option] = Object.entries(table).find(([, { alias }]) => alias === letter) ?? [];
    if (name === undefined || !option) throw unknownOption(`-${letter}`, table);
    if (option.type === "string") {
      keep(values, name, option, letters.slice(at + 1) || takeValue(name, rest));
      return;
    }
    values[name] = true;
  }
}

/** The next word. One that looks like an option says that the value was forgotten. */
function takeValue(name: string, rest: string[]): string {
  const value = rest.shift();
  if (value === undefined) throw new UsageError(`--${name} needs a value`, "see mcpchat --help");
  if (!value.startsWith("-") || value === "-") return value;
  throw new UsageError(
    `--${name} needs a value, and ${value} looks like an option`,
    `write --${name}=${value}`,
  );
}

/** Of an option that is not repeatable the last value counts. */
function keep(values: Values, name: string, { multiple }: OptionDefinition, value: string): void {
  const before = values[name];
  if (!multiple) values[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else values[name] = [value];
}

function unknownOption(name: string, table: OptionTable): UsageError {
  const close = name.startsWith("--") ? nearest(name.slice(2), Object.keys(table)) : undefined;
  return new UsageError(`unknown option ${name}`, close ? `did you mean --${close}?` : "see mcpchat --help");
}

/** A number that an option was given. Throws UsageError when it is none, below `least` or above `most`. */
export function numberOption(
  name: string,
  text: string | undefined,
  least = 0,
  most = Number.POSITIVE_INFINITY,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= least && value <= most) return value;
  const range = most === Number.POSITIVE_INFINITY ? `from ${least}` : `from ${least} to ${most}`;
  throw new UsageError(`--${name} takes a number ${range}, not ${JSON.stringify(text)}`);
}

/** A whole number that an option was given. Throws UsageError. */
export function integerOption(name: string, text: string | undefined, least: number): number | undefined {
  const value = numberOption(name, text, least);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new UsageError(`--${name} takes a whole number, not ${JSON.stringify(text)}`);
}
