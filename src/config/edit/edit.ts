/**
 * Changes to the servers of a configuration file that leave everything else in it as it is, to the byte: comments,
 * order, formatting. Pure. What is not written in a table of its own is refused: that is the user's to edit.
 */

import type { RawServer } from "../schema.ts";
import { parseToml } from "../toml.ts";
import { lineAt, type Statement, scanToml } from "./scan.ts";
import { serverTable } from "./write.ts";

/** `line`: where the text is written in a way that is not changed here, counted from 1. */
export type Edited = { text: string } | { line: number };

type Tree = Record<string, unknown>;

const SERVERS = ["mcp", "servers"];

/** The servers that a text names, with what it says of them; none of a text that does not parse. */
export function serversIn(text: string): Tree {
  const parsed = parseToml(text);
  return "tree" in parsed ? tableAt(tableAt(parsed.tree, "mcp"), "servers") : {};
}

/** Adds a server at the end of the text, which must not name it yet. */
export function addServer(text: string, name: string, server: RawServer): Edited {
  const newline = newlineOf(text);
  const gap = text === "" || text.endsWith("\n") ? "" : newline;
  const blank = text.trim() === "" ? "" : newline;
  const result = `${text}${gap}${blank}${serverTable(name, server, newline)}`;
  return checked(text, result, SERVERS, (servers) => ({ ...servers, [name]: server }));
}

/** Removes a server's tables, from their headers to their last lines; comments above them stay. */
export function removeServer(text: string, name: string): Edited {
  const path = [...SERVERS, name];
  const result = sectionsOf(text, path)
    .reverse()
    .reduce((rest, section) => cut(rest, section), text);
  return checked(text, result, path, ({ [name]: _removed, ...others }) => others);
}

/** Switches a server on or off. */
export function setServerEnabled(text: string, name: string, enabled: boolean): Edited {
  const path = [...SERVERS, name];
  const statements = scanToml(text);
  const key = statements.find((one) => one.kind === "key" && isSame(one.path, [...path, "enabled"]));
  const header = statements.find((one) => one.kind === "table" && isSame(one.path, path));
  const expected = (servers: Tree) => {
    const server = tableAt(servers, name);
    // On is what it is when nothing is said.
    return key || !enabled ? { ...servers, [name]: { ...server, enabled } } : servers;
  };
  return checked(text, switched(text, { key, header, enabled }), path, expected);
}

interface Switch {
  key: Statement | undefined;
  header: Statement | undefined;
  enabled: boolean;
}

function switched(text: string, { key, header, enabled }: Switch): string {
  if (key?.value) return replaced(text, key.value.start, key.value.end, String(enabled));
  if (!header || enabled) return text;
  const newline = newlineOf(text);
  const indentation = /^[ \t]*/.exec(text.slice(header.start))?.[0] ?? "";
  const gap = text.slice(header.start, header.end).endsWith("\n") ? "" : newline;
  return replaced(text, header.end, header.end, `${gap}${indentation}enabled = false${newline}`);
}

/** The result, if it says what it should: the parser is the judge, not the scanner. */
function checked(text: string, result: string, path: string[], change: (servers: Tree) => Tree): Edited {
  const before = parseToml(text);
  const after = parseToml(result);
  if ("tree" in before && "tree" in after) {
    const expected = withServers(before.tree, change(serversIn(text)));
    const actual = withServers(after.tree, serversIn(result));
    if (Bun.deepEquals(expected, actual, true)) return { text: result };
  }
  return { line: obstacleLine(text, path) };
}

/** A tree with these servers; tables that hold nothing are left out, as a header more or less makes them. */
function withServers(tree: unknown, servers: Tree): Tree {
  const { mcp, ...others } = tableAt({ tree }, "tree");
  const { servers: _before, ...rest } = tableAt({ mcp }, "mcp");
  const inner = Object.keys(servers).length === 0 ? rest : { ...rest, servers };
  return Object.keys(inner).length === 0 ? others : { ...others, mcp: inner };
}

/** The first line that says something about the path in another way than with a header. */
function obstacleLine(text: string, path: readonly string[]): number {
  const statements = scanToml(text);
  const about = ({ path: own, kind }: Statement) =>
    kind === "key" && (begins(own, path) || begins(path, own));
  const found = statements.find(about) ?? statements.find((one) => begins(one.path, path));
  return lineAt(text, found?.start ?? 0);
}

interface Section {
  start: number;
  end: number;
}

/** The tables at and below a path, each with its keys, where they stand. */
function sectionsOf(text: string, path: readonly string[]): Section[] {
  const sections: Section[] = [];
  let inside = false;
  for (const { kind, path: own, start, end } of scanToml(text)) {
    if (kind !== "key") inside = begins(own, path);
    const last = sections.at(-1);
    if (inside && kind !== "key") sections.push({ start, end });
    else if (inside && last) last.end = end;
  }
  return sections;
}

/** Without a section, the comments that end it, and the blank lines that set it apart. */
function cut(text: string, { start, end }: Section): string {
  const comments = /^(?:[ \t]*#[^\n]*(?:\n|$))*/.exec(text.slice(end))?.[0] ?? "";
  const afterComments = text.slice(end + comments.length);
  // Comments right above another header are about what it heads.
  const to = afterComments === "" || /^[ \t]*\r?\n/.test(afterComments) ? end + comments.length : end;
  const before = text.slice(0, start);
  const after = text.slice(to).replace(/^(?:[ \t]*\r?\n)+/, "");
  if (after.trim() === "") return before.replace(/(^|\n)[ \t]*\r?\n$/, "$1");
  return before + after;
}

function replaced(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

function newlineOf(text: string): "\n" | "\r\n" {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && begins(one, other);
}

/** Whether a path begins with another. */
function begins(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((part, index) => path[index] === part);
}

/** The table under a key; an empty one where there is none. */
function tableAt(tree: unknown, key: string): Tree {
  if (typeof tree !== "object" || tree === null || !Object.hasOwn(tree, key)) return {};
  const value: unknown = Object.getOwnPropertyDescriptor(tree, key)?.value;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
