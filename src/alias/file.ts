/**
 * The file of aliases, `aliases.toml`: one line for each, `name = "template"`.
 */
import { parseToml } from "../config/toml.ts";
import { ConfigurationError, UsageError } from "../lib/errors.ts";
import { FileError, readTextFileIfAny, writePrivateFile } from "../lib/file.ts";

export type AliasTable = ReadonlyMap<string, string>;

const LARGEST_FILE_BYTES = 1024 * 1024;
const NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;

/** The aliases of a file; none when there is no such file. Throws ConfigurationError, which names the file. */
export function readAliases(file: string): AliasTable {
  return aliasesFrom(file, readText(file));
}

/** Adds or replaces one. Throws ConfigurationError when the file is damaged: it is then not written. */
export function addAlias(file: string, name: string, template: string): AliasTable {
  if (!NAME.test(name)) {
    const advice = "use letters, digits, `_` and `-`, a letter first, at most 64";
    throw new UsageError(`${JSON.stringify(name)} cannot be the name of an alias`, advice);
  }
  if (template.trim() === "") throw new UsageError(`the alias ${name} would stand for nothing`);
  const text = readText(file);
  const aliases = new Map(aliasesFrom(file, text)).set(name, template);
  const kept = withoutLine(text, name);
  writeText(
    file,
    `${kept}${kept === "" || kept.endsWith("\n") ? "" : "\n"}${lineOf(name, template)}`,
    aliases,
  );
  return aliases;
}

/** Removes one; undefined when there is no such alias. Throws ConfigurationError as above. */
export function removeAlias(file: string, name: string): AliasTable | undefined {
  const text = readText(file);
  const aliases = new Map(aliasesFrom(file, text));
  if (!aliases.delete(name)) return undefined;
  writeText(file, withoutLine(text, name), aliases);
  return aliases;
}

function readText(file: string): string {
  try {
    return readTextFileIfAny(file, LARGEST_FILE_BYTES) ?? "";
  } catch (error) {
    throw asConfigurationError(error);
  }
}

function aliasesFrom(file: string, text: string): AliasTable {
  const aliases = new Map<string, string>();
  for (const [name, template] of Object.entries(parse(file, text) ?? {})) {
    if (!NAME.test(name)) throw new ConfigurationError(`${file}: ${name}: cannot be the name of an alias`);
    if (typeof template !== "string") {
      throw new ConfigurationError(`${file}: ${name}: should be text in quotes`);
    }
    aliases.set(name, template);
  }
  return aliases;
}

function parse(file: string, text: string): unknown {
  const parsed = parseToml(text);
  if ("tree" in parsed) return parsed.tree;
  const where = parsed.line === undefined ? file : `${file}:${parsed.line}`;
  throw new ConfigurationError(`${where}: ${parsed.problem}`);
}

/** The file without the line of one alias, so that the user's own comments and order stay. */
function withoutLine(text: string, name: string): string {
  const own = new RegExp(`^[ \\t]*"?${name}"?[ \\t]*=`);
  return text
    .split(/(?<=\n)/)
    .filter((line) => !own.test(line))
    .join("");
}

/** Writes the edited text if it says what it should; a template over several lines defeats the edit. */
function writeText(file: string, edited: string, aliases: AliasTable): void {
  const whole = Array.from(aliases, ([name, template]) => lineOf(name, template)).join("");
  try {
    writePrivateFile(file, holds(edited, aliases) ? edited : whole);
  } catch (error) {
    throw asConfigurationError(error);
  }
}

function holds(text: string, aliases: AliasTable): boolean {
  const parsed = parseToml(text);
  return "tree" in parsed && Bun.deepEquals(parsed.tree, Object.fromEntries(aliases));
}

function lineOf(name: string, template: string): string {
  return `${Bun.TOML.stringify({ [name]: template }).trim()}\n`;
}

function asConfigurationError(error: unknown): unknown {
  return error instanceof FileError ? new ConfigurationError(error.message) : error;
}
