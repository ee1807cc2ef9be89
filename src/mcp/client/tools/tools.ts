/** What a server says of its tools, made fit for a model and for a person: bounded, and with nothing invisible. */
import type { Tool } from "@modelcontextprotocol/client";
import type { JsonObject, JsonValue } from "../../../lib/conversation.ts";
import type { CachedToolList } from "../port.ts";
import { escapeInvisible, truncate } from "../text.ts";

/** A tool without its place among the others: as a server lists it, and as the cache keeps it. */
export type ToolDescription = CachedToolList["tools"][number];

const MAX_DESCRIPTION = 8000;
const HINTS = ["readOnlyHint", "idempotentHint", "destructiveHint"] as const;

/** The tools of a server's list; of tools with the same name the first counts. */
export function describeTools(tools: readonly Tool[]): ToolDescription[] {
  const described = new Map<string, ToolDescription>();
  for (const tool of tools) {
    if (!described.has(tool.name)) described.set(tool.name, describeTool(tool));
  }
  return [...described.values()];
}

function describeTool(tool: Tool): ToolDescription {
  return {
    name: tool.name,
    description: readable(tool.description ?? ""),
    inputSchema: readableSchema(tool.inputSchema),
    ...(tool.outputSchema && { outputSchema: readableSchema(tool.outputSchema) }),
    annotations: describeAnnotations(tool),
  };
}

function describeAnnotations(tool: Tool): ToolDescription["annotations"] {
  const annotations: ToolDescription["annotations"] = {};
  for (const hint of HINTS) {
    const value = tool.annotations?.[hint];
    if (value !== undefined) annotations[hint] = value;
  }
  const title = tool.title ?? tool.annotations?.title;
  return title === undefined ? annotations : { ...annotations, title: readable(title) };
}

function readable(text: string): string {
  return truncate(escapeInvisible(text), MAX_DESCRIPTION);
}

/**
 * A value or a key that a person cannot see is spoilt by this: the server does not get what it asked for. It is the
 * price of a model that reads nothing else than a person would.
 */
function readableSchema(schema: object): JsonObject {
  const value = JSON.parse(JSON.stringify(schema)) as JsonObject; // It came as JSON and is an object by its schema.
  return readableObject(value);
}

function readableObject(value: JsonObject): JsonObject {
  const members = Object.entries(value).map(([key, member]): [string, JsonValue] => {
    const isProse = (key === "description" || key === "title") && typeof member === "string";
    return [escapeInvisible(key), isProse ? readable(member) : readableValue(member)];
  });
  return Object.fromEntries(members);
}

function readableValue(value: JsonValue): JsonValue {
  if (typeof value === "string") return escapeInvisible(value);
  if (typeof value !== "object" || value === null) return value;
  // Neither nests deep: the bounds on lists leave out what does.
  return Array.isArray(value) ? value.map(readableValue) : readableObject(value);
}
