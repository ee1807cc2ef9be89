/**
 * Strict parsing of options from the same table that citty makes the help from. citty itself takes any flag for a
 * string and knows no repeated ones, and a script must hear of its mistakes.
 */
import { parseArgs } from "node:util";
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
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type, alias, multiple }]) => [
      name,
      { type, multiple: multiple ?? false, ...(alias && { short: alias }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...rawArgs],
      options,
      allowPositionals: true,
      strict: true,
    });
    const extra = positionals[mostWords];
    if (extra !== undefined) throw new UsageError(`unexpected argument ${extra}`, "see mcpchat --help");
    return { values: values as ParsedOptions<T>["values"], positionals }; // parseArgs made it after this very table.
  } catch (error) {
    throw error instanceof UsageError ? error : usageError(error, rawArgs, table);
  }
}

function usageError(error: unknown, rawArgs: readonly string[], table: OptionTable): UsageError {
  const code = (error as { code?: string }).code; // Node's errors carry one.
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") return unknownOption(rawArgs, table);
  const dashed = dashedValue(rawArgs, table);
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE" && dashed) {
    return new UsageError(
      `${dashed.option} has no value`,
      `write ${dashed.option}=${dashed.value} if that is the value`,
    );
  }
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  return new UsageError(message.replace(/\.$/, ""), "see mcpchat --help");
}

/** The first option whose value begins with a dash: it may as well be the next option. */
function dashedValue(rawArgs: readonly string[], table: OptionTable) {
  for (const [index, option] of rawArgs.entries()) {
    const value = rawArgs[index + 1];
    if (option === "--") return undefined;
    const takesValue = option.startsWith("--") && table[option.slice(2)]?.type === "string";
    if (takesValue && value?.startsWith("-")) return { option, value };
  }
  return undefined;
}

function unknownOption(rawArgs: readonly string[], table: OptionTable): UsageError {
  const name = firstUnknown(rawArgs, table) ?? "an option";
  const close = name.startsWith("--") ? nearest(name.slice(2), Object.keys(table)) : undefined;
  return new UsageError(`unknown option ${name}`, close ? `did you mean --${close}?` : "see mcpchat --help");
}

function firstUnknown(rawArgs: readonly string[], table: OptionTable): string | undefined {
  for (const argument of rawArgs) {
    if (argument === "--") return undefined;
    const name = argument.startsWith("--")
      ? !Object.hasOwn(table, nameOf(argument)) && `--${nameOf(argument)}`
      : argument.startsWith("-") && unknownLetter(argument.slice(1), table);
    if (name) return name;
  }
  return undefined;
}

/** Of letters behind one dash the first that is no option; what follows an option with a value is that value. */
function unknownLetter(letters: string, table: OptionTable): string | undefined {
  for (const letter of letters) {
    const option = Object.values(table).find(({ alias }) => alias === letter);
    if (!option) return `-${letter}`;
    if (option.type === "string") return undefined;
  }
  return undefined;
}

function nameOf(argument: string): string {
  return argument.slice(2).split("=")[0] ?? "";
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
export function integerOption(
  name: string,
  text: string | undefined,
  least: number,
  most?: number,
): number | undefined {
  const value = numberOption(name, text, least, most);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new UsageError(`--${name} takes a whole number, not ${JSON.stringify(text)}`);
}
