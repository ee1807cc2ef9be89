/**
 * What a project's file may start and whom it may talk to, shown to who trusts it: as it is written, variables and all.
 */
import { reveal } from "../lib/text-reveal.ts";
import { parsedTree } from "./toml.ts";

/**
 * A line for each server and each provider's address. Looks at anything: what the schema would refuse is shown too.
 * Harmless to a terminal. Throws ConfigurationError when the text is not TOML.
 */
export function reviewProject(file: string, text: string): string[] {
  const tree = parsedTree(file, text);
  const servers = Object.entries(fields(fields(fields(tree).mcp).servers));
  const providers = Object.entries(fields(fields(tree).providers));
  return [
    ...servers.map(([name, server]) => shown(`server ${word(name)}: ${serverLine(fields(server))}`)),
    ...providers.map(([name, one]) => shown(`provider ${word(name)}: ${addressOf(fields(one).base_url)}`)),
  ];
}

function serverLine({ command, args, env, cwd, url }: Record<string, unknown>): string {
  if (command === undefined) return addressOf(url);
  const variables = Object.entries(fields(env)).map(([name, value]) => `${word(name)}=${word(value)}`);
  const line = [...variables, word(command), ...(Array.isArray(args) ? args.map(word) : [])].join(" ");
  return cwd === undefined ? line : `${line} (in ${word(cwd)})`;
}

function addressOf(url: unknown): string {
  return url === undefined ? "at its usual address" : word(url);
}

/** In quotes where its end could not be seen otherwise. */
function word(value: unknown): string {
  if (typeof value === "string" && /^[\w@%+=:,./${}~-]+$/.test(value)) return value;
  return JSON.stringify(value) ?? "";
}

/** On one line: `reveal` lets line breaks and tabs be, which JSON has escaped already, but in names of keys. */
function shown(line: string): string {
  return reveal(line).replace(/[\n\t]/g, " ");
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
