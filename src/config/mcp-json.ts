/**
 * The servers of a JSON file in the form that other programs share (`mcpServers`, VS Code's `servers`), as this
 * configuration names them. Pure.
 */
import path from "node:path";
import { ConfigurationError } from "../lib/errors.ts";
import { expandTree } from "./expand.ts";
import { NAME_FORM } from "./forms.ts";
import { parseJsonc } from "./jsonc.ts";
import { rewriteVariables } from "./mcp-json-variables.ts";
import type { Environment } from "./paths.ts";
import type { RawServer } from "./schema.ts";

/** A server of such a file: as it is to be taken, or with the reason why it cannot be. */
export interface ForeignServer {
  /** Fit for this configuration. */
  name: string;
  server?: RawServer;
  /** Completes "server NAME cannot be taken: ...". */
  problem?: string;
  /** What its user should know: one line each. */
  notes: string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** The servers of a file's text; `folder` is the project that it belongs to. Throws ConfigurationError for bad JSON. */
export function serversOfJson(file: string, text: string, folder?: string): ForeignServer[] {
  return foreignServers(tableOfServers(parsedJson(file, text)), folder);
}

/**
 * The servers of a project's `.mcp.json` as a tree of this configuration. One that lacks a variable is switched off, as
 * the file is shared with programs for which the others may do. Throws ConfigurationError for bad JSON.
 */
export function projectServersTree(
  file: string,
  text: string,
  env: Environment,
): { tree: unknown; notices: string[] } {
  const servers = serversOfJson(file, text, path.dirname(file));
  const taken = servers.flatMap(({ name, server }) => {
    if (!server) return [];
    return [[name, lacksVariable(server, env) ? { ...server, enabled: false } : server] as const];
  });
  const notices = servers.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [`${file}: server ${name} is left out: ${problem}`],
  );
  return { tree: { mcp: { servers: Object.fromEntries(taken) } }, notices };
}

/** Whether a server cannot be used before some variable is set. */
export function lacksVariable(server: RawServer, env: Environment): boolean {
  return "problems" in expandTree(server, env);
}

/** Throws ConfigurationError with the place of what is wrong. */
export function parsedJson(file: string, text: string): unknown {
  const parsed = parseJsonc(text);
  if ("value" in parsed) return parsed.value;
  throw new ConfigurationError(`${file}:${parsed.line}:${parsed.column}: ${parsed.problem}`);
}

/** The table of servers in a file's tree, wherever the known programs put it. */
export function tableOfServers(tree: unknown): unknown {
  const { mcpServers, servers, mcp } = fieldsOf(tree);
  return mcpServers ?? servers ?? fieldsOf(mcp).servers;
}

/** Each of a table of servers. */
export function foreignServers(table: unknown, folder?: string): ForeignServer[] {
  const used = new Set<string>();
  return Object.entries(fieldsOf(table)).map(([written, entry]) => {
    const name = freeName(written, used);
    const notes = name === written ? [] : [`it is called ${JSON.stringify(written)} there`];
    return converted(name, fieldsOf(entry), notes, folder);
  });
}

function converted(name: string, fields: Fields, notes: string[], folder?: string): ForeignServer {
  const server = serverFrom(fields);
  if (typeof server === "string") return { name, problem: server, notes };
  if (fields.envFile !== undefined) notes.push("its envFile is not read");
  const rewritten = rewriteVariables(server, folder);
  notes.push(...rewritten.notes);
  if (rewritten.problem !== undefined) return { name, problem: rewritten.problem, notes };
  return { name, server: rewritten.server, notes };
}

/** As it is written there, or why it makes no sense here. */
function serverFrom(fields: Fields): RawServer | string {
  const url = fields.url ?? fields.serverUrl ?? fields.httpUrl;
  const { type, command } = fields;
  const transport = transportOf(type, url !== undefined);
  if (!transport) return `its type ${JSON.stringify(type)} is not one that mcpchat speaks`;
  const off = fields.disabled === true || fields.enabled === false ? { enabled: false } : {};
  if (transport === "stdio") return localServer(command, fields, off);
  const headers = textTable(fields.headers);
  if (typeof url !== "string") return "it has no url";
  if (!headers) return "its headers are not a table of texts";
  return {
    url,
    ...(transport === "sse" && { transport }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...off,
  };
}

function localServer(
  command: unknown,
  { args = [], env = {}, cwd }: Fields,
  off: RawServer,
): RawServer | string {
  const variables = textTable(env);
  if (typeof command !== "string" || command === "") return "it has no command";
  if (!Array.isArray(args) || !args.every((one) => typeof one === "string"))
    return "its args are not a list of texts";
  if (!variables) return "its env is not a table of texts";
  return {
    command,
    ...(args.length > 0 && { args }),
    ...(Object.keys(variables).length > 0 && { env: variables }),
    ...(typeof cwd === "string" && { cwd }),
    ...off,
  };
}

function transportOf(type: unknown, hasUrl: boolean): "stdio" | "http" | "sse" | undefined {
  if (type === undefined) return hasUrl ? "http" : "stdio";
  const word = typeof type === "string" ? type.toLowerCase().replaceAll(/[-_]/g, "") : "";
  if (word === "stdio" || word === "local") return "stdio";
  if (word === "http" || word === "streamablehttp" || word === "remote") return "http";
  return word === "sse" ? "sse" : undefined;
}

/** Numbers and truth values are taken as texts, as those who write `"PORT": 8080` mean them. */
function textTable(value: unknown): Record<string, string> | undefined {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  if (entries.some(([, one]) => typeof one === "object")) return undefined;
  return Object.fromEntries(entries.map(([name, one]) => [name, String(one)]));
}

/** The name, made one that this configuration takes, and that no other of the same file has. */
function freeName(written: string, used: Set<string>): string {
  const plain = written.replaceAll(/[^a-zA-Z0-9_.-]+/g, "-").replace(/^[^a-zA-Z0-9]+/, "");
  const base = NAME_FORM.pattern.test(written) ? written : plain.slice(0, 60) || "server";
  let name = base;
  for (let number = 2; used.has(name); number++) name = `${base}-${number}`;
  used.add(name);
  return name;
}

/** The fields of a table; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
