/** Reads the servers out of another program's file. */
import path from "node:path";
import { readTextFileIfAny } from "../../lib/file.ts";
import { type ForeignServer, fieldsOf, foreignServers, parsedJson, tableOfServers } from "../mcp-json.ts";
import { orConfigurationError } from "../problem.ts";
import { parsedTree } from "../toml.ts";
import type { Place } from "./places.ts";

/** Claude Code keeps much else in its file. */
const LARGEST_FILE_BYTES = 64 * 1024 * 1024;

/**
 * The servers of a place, as this configuration names them; undefined when the file is not there. Throws
 * ConfigurationError, with the line of what is wrong in the file.
 */
export function serversAt(place: Place, cwd: string): ForeignServer[] | undefined {
  const text = orConfigurationError(() => readTextFileIfAny(place.file, LARGEST_FILE_BYTES));
  if (text === undefined) return undefined;
  if (text.trim() === "") return [];
  return foreignServers(tableIn(place, text, cwd), place.folder);
}

function tableIn({ form, file }: Place, text: string, cwd: string): unknown {
  if (form === "codex") return each(fieldsOf(parsedTree(file, text)).mcp_servers, fromCodex);
  const tree = parsedJson(file, text);
  if (form === "gemini") return each(tableOfServers(tree), fromGemini);
  return form === "claude-code"
    ? { ...fieldsOf(tableOfServers(tree)), ...ofProject(tree, cwd) }
    : tableOfServers(tree);
}

/** Claude Code has servers for all folders, and for one alone. */
function ofProject(tree: unknown, cwd: string): Readonly<Record<string, unknown>> {
  const { projects } = fieldsOf(tree);
  return fieldsOf(fieldsOf(fieldsOf(projects)[path.resolve(cwd)]).mcpServers);
}

type Fields = Readonly<Record<string, unknown>>;

function each(table: unknown, change: (fields: Fields) => Fields): Fields {
  return Object.fromEntries(
    Object.entries(fieldsOf(table)).map(([name, entry]) => [name, change(fieldsOf(entry))]),
  );
}

/** A `url` is that of the older transport there. */
function fromGemini(fields: Fields): Fields {
  const isOld = fields.url !== undefined && fields.httpUrl === undefined && fields.type === undefined;
  return isOld ? { ...fields, type: "sse" } : fields;
}

function fromCodex(fields: Fields): Fields {
  const { http_headers: headers, bearer_token_env_var: variable } = fields;
  const bearer = typeof variable === "string" ? { Authorization: `Bearer \${${variable}}` } : {};
  return { ...fields, headers: { ...fieldsOf(headers), ...bearer } };
}
