/** Tools as Anthropic's Messages API declares them. */
import type { MessageCreateParamsStreaming, Tool } from "@anthropic-ai/sdk/resources/messages";
import type { JsonObject } from "../../lib/conversation.ts";
import { fields, list } from "../fields.ts";
import type { ToolDefinition } from "../port.ts";
import type { Turn } from "../transcript.ts";

/** A conversation with tool calls must declare tools, even when none may be used any more. */
export function toolsFor(
  tools: readonly ToolDefinition[],
  turns: readonly Turn[],
): Pick<MessageCreateParamsStreaming, "tool_choice"> & { tools?: Tool[] } {
  if (tools.length > 0) return { tools: tools.map(toTool) };
  const calls = turns.flatMap((turn) => (turn.role === "assistant" ? turn.blocks : []));
  const names = new Set(calls.flatMap((block) => (block.type === "tool_call" ? [block.name] : [])));
  if (names.size === 0) return {};
  const spent = [...names].map((name): Tool => ({ name, input_schema: { type: "object" } }));
  return { tools: spent, tool_choice: { type: "none" } };
}

function toTool({ name, description, inputSchema }: ToolDefinition): Tool {
  return {
    name,
    ...(description ? { description } : {}),
    input_schema: rootless(inputSchema),
  };
}

/**
 * Anthropic refuses alternatives at the root of a schema: the properties are kept, and the server itself checks which
 * of them go together. MCP demands `type: "object"` of every input schema, as Anthropic does; some servers forget it.
 */
function rootless(inputSchema: JsonObject): Tool["input_schema"] {
  const { anyOf, oneOf, allOf, ...rest } = inputSchema;
  const alternatives = [anyOf, oneOf, allOf].flatMap(list).map((schema) => fields(schema).properties);
  if (alternatives.length === 0) return { ...rest, type: "object" };
  const properties = [...alternatives, rest.properties].flatMap((named) => Object.entries(fields(named)));
  return { ...rest, properties: Object.fromEntries(properties), type: "object" };
}
