/** How mcpchat writes a server into a configuration file. Pure. */
import type { RawServer } from "../schema.ts";

const BARE_KEY = /^[A-Za-z0-9_-]+$/;

/** The lines of a server's table, from its header on, each with this line end. */
export function serverTable(name: string, server: RawServer, newline = "\n"): string {
  const entries = Object.entries(server).filter(([, value]) => value !== undefined);
  const lines = [`[mcp.servers.${tomlKey(name)}]`, ...entries.map(([key, value]) => keyLine(key, value))];
  return lines.map((line) => line + newline).join("");
}

function keyLine(key: string, value: unknown): string {
  return `${tomlKey(key)} = ${tomlValue(value)}`;
}

function tomlKey(key: string): string {
  return BARE_KEY.test(key) ? key : tomlText(key);
}

function tomlValue(value: unknown): string {
  if (typeof value === "string") return tomlText(value);
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([key, inner]) => keyLine(key, inner)).join(", ")} }`;
}

/** JSON escapes what TOML wants escaped, but for DEL; half a surrogate pair is no text. */
function tomlText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll("\u007f", "\\u007f");
}
