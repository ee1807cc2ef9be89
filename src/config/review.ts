/**
 * What a project's file may start and whom it may talk to, shown to who trusts it: as it is written, variables and all.
 */
import path from "node:path";
import { reveal } from "../lib/text-reveal.ts";
import { serversOfJson } from "./mcp-json.ts";
import { parsedTree } from "./toml.ts";

/**
 * A line for each server and each provider's address. Looks at anything: what the schema would refuse is shown too.
 * Harmless to a terminal. Throws ConfigurationError when the text is not TOML.
 */
export function reviewProject(file: string, text: string): string[] {
  const tree = parsedTree(file, text);
  const servers = Object.entries(fields(fields(fields(tree).mcp).servers));
  const providers = Object.entries(fields(fields(tree).providers));
  const { allow } = fields(fields(tree).tools);
  return [
    ...servers.map(([name, server]) => shown(`server ${word(name)}: ${serverLine(fields(server))}`)),
    ...providers.map(([name, one]) => shown(`provider ${word(name)}: ${addressOf(fields(one).base_url)}`)),
    ...(allow === undefined ? [] : [shown(`tools without a question: ${listed(allow)}`)]),
  ];
}

/** The same of a `.mcp.json`. Throws ConfigurationError when it is not JSON. */
export function reviewServers(file: string, text: string): string[] {
  return serversOfJson(file, text, path.dirname(file)).map(({ name, server, problem }) =>
    shown(`server ${word(name)}: ${server ? serverLine({ ...server }) : `is left out: ${problem}`}`),
  );
}

/** What one server starts, or whom it talks to, whole and on one line, and what it may do unasked. */
export function serverLine(server: Record<string, unknown>): string {
  const may = permissionsOf(server);
  return shown(`${reachLine(server)}${may === "" ? "" : ` [${may}]`}`);
}

function reachLine({ command, args, env, cwd, url, headers }: Record<string, unknown>): string {
  if (command === undefined) {
    const lines = Object.entries(fields(headers)).map(
      ([name, value]) => ` ${word(`${name}: ${String(value)}`)}`,
    );
    return `${addressOf(url)}${lines.join("")}`;
  }
  const variables = Object.entries(fields(env)).map(([name, value]) => `${word(name)}=${word(value)}`);
  const line = [...variables, word(command), ...(Array.isArray(args) ? args.map(word) : [])].join(" ");
  return cwd === undefined ? line : `${line} (in ${word(cwd)})`;
}

function permissionsOf({ trusted, tools, sampling }: Record<string, unknown>): string {
  const { allow } = fields(tools);
  const parts = [
    trusted === true ? "trusted" : "",
    allow === undefined ? "" : `tools without a question: ${listed(allow)}`,
    sampling === "allow" ? "may use your model without a question" : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

function listed(value: unknown): string {
  return Array.isArray(value) ? value.map(word).join(" ") : word(value);
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
