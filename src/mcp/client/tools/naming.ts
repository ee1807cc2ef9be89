/**
 * The names under which the model knows the tools: `server__tool`, at most 64 of [a-zA-Z0-9_-], as the providers
 * demand. A name depends on nothing but its own server and tool wherever that is possible, so that a conversation
 * can be taken up again with servers in another order, or without some of them.
 */

export interface ToolId {
  server: string;
  name: string;
}

const MAX_LENGTH = 64;
const SEPARATOR = "__";

/**
 * The qualified names of these tools, by `toolKey`. Names that would be ambiguous, or that had to be changed to fit,
 * end in a hash; if one of those still meets another name, it gets a longer hash and the other keeps its own.
 */

export function qualifiedNames(tools: readonly ToolId[]): Map<string, string> {
  const distinct = new Map(tools.map((tool) => [toolKey(tool), tool]));
  const names = new Map([...distinct].map(([key, tool]) => [key, qualifiedName(tool)]));
  const owners = new Map<string, number>();
  for (const name of names.values()) owners.set(name, (owners.get(name) ?? 0) + 1);
  for (const [key, tool] of distinct) {
    if ((owners.get(names.get(key) ?? "") ?? 0) > 1 && !isPlain(tool)) names.set(key, hashedName(tool, 32));
  }
  return names;
}

/** A key for a server and a tool that no other pair has. */
export function toolKey({ server, name }: ToolId): string {
  return JSON.stringify([server, name]);
}

function qualifiedName(tool: ToolId): string {
  return isPlain(tool) ? `${tool.server}${SEPARATOR}${tool.name}` : hashedName(tool, 8);
}

/** The first separator of a plain name ends the server's, so that no two plain names are the same. */
function isPlain({ server, name }: ToolId): boolean {
  if (!/^[a-zA-Z0-9_-]+$/.test(server) || !/^[a-zA-Z0-9_-]+$/.test(name)) return false;
  if (server.includes(SEPARATOR) || server.endsWith("_")) return false;
  return server.length + SEPARATOR.length + name.length <= MAX_LENGTH;
}

function hashedName(tool: ToolId, digits: number): string {
  const hash = new Bun.CryptoHasher("sha256").update(toolKey(tool)).digest("hex").slice(0, digits);
  const readable = `${tool.server}${SEPARATOR}${tool.name}`.replace(/[^a-zA-Z0-9_-]/gu, "_");
  return `${readable.slice(0, MAX_LENGTH - digits - 1)}_${hash}`;
}
