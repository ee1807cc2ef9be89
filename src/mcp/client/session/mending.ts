/**
 * Results of which a part makes no sense, in the form in which the rest can be used: the SDK would refuse a whole list
 * for one tool, and a whole result for one block.
 */
import type { Client, JSONRPCResultResponse, specTypeSchemas, Transport } from "@modelcontextprotocol/client";
import { MessageFault } from "../link/envelope.ts";

type Schemas = Pick<typeof specTypeSchemas, "Tool" | "ContentBlock">;

interface Form {
  schemas: Schemas;
  /** In the newer era a tool may return anything, in the older one only objects. */
  isModern: boolean;
}

/**
 * Mends what comes over this transport for this client, before the SDK sees it. `tell` takes the end of a sentence about
 * the server, also for messages that are of no use.
 */
export async function mendMessages(
  client: Client,
  transport: Transport,
  tell: (text: string) => void,
): Promise<void> {
  const { specTypeSchemas: schemas } = await import("@modelcontextprotocol/client");
  transport.onerror = (error) => {
    if (error instanceof MessageFault) tell(error.message);
  };
  // The SDK calls this with the same message right before it looks at it.
  transport.onmessage = (message) => {
    if (!("result" in message)) return;
    mendResult(message.result, { schemas, isModern: client.getProtocolEra() === "modern" }, tell);
  };
}

/** Mends a result in place, by what it looks like: no other than a list of tools has tools. */
function mendResult(
  result: JSONRPCResultResponse["result"],
  { schemas, isModern }: Form,
  tell: (text: string) => void,
): void {
  const { tools, content } = result;
  if (Array.isArray(content)) result.content = readableBlocks(content, schemas);
  if (!Array.isArray(tools)) return;
  const usable = usableTools(tools, schemas, tell);
  result.tools = isModern ? usable : usable.map((tool) => withUsableOutput(tool, schemas, tell));
}

function usableTools(tools: readonly unknown[], { Tool }: Schemas, tell: (text: string) => void): unknown[] {
  return tools.filter((tool) => {
    const path = faultOf(Tool, tool);
    if (path === undefined) return true;
    tell(toolWords(tool, path));
    return false;
  });
}

/** The schema of what a tool returns only checks: it is not worth the tool. */
function withUsableOutput(tool: unknown, { Tool }: Schemas, tell: (text: string) => void): unknown {
  if (typeof tool !== "object" || tool === null || !("outputSchema" in tool)) return tool;
  const { outputSchema, ...others } = tool;
  // In the older era both schemas have the same form.
  if (faultOf(Tool, { name: "", inputSchema: outputSchema }) === undefined) return tool;
  tell(
    `has a tool ${memberOf(tool, "name")} with an output schema that is not one of an object; it checks nothing`,
  );
  return others;
}

function toolWords(tool: unknown, path: string): string {
  const name = memberOf(tool, "name");
  if (name === undefined) return "has a tool without a name, which is left out";
  const isAboutInput = path === "inputSchema" || path === "inputSchema.type";
  const reason = isAboutInput
    ? "its input schema is not one of an object"
    : `its ${path} is not what the protocol has`;
  return `has a tool ${name} that is left out: ${reason}`;
}

function readableBlocks(blocks: readonly unknown[], { ContentBlock }: Schemas): readonly unknown[] {
  const isReadable = (block: unknown) => isPlainText(block) || faultOf(ContentBlock, block) === undefined;
  if (blocks.every(isReadable)) return blocks;
  return blocks.map((block) => (isReadable(block) ? block : { type: "text", text: blockWords(block) }));
}

function blockWords(block: unknown): string {
  const type = memberOf(block, "type");
  return `[content that cannot be read: ${type === undefined ? "of no type" : type.slice(0, 60)}]`;
}

/** Most results are that, and need no look at a schema. */
function isPlainText(block: unknown): boolean {
  if (memberOf(block, "type") !== "text" || memberOf(block, "text") === undefined) return false;
  return typeof block === "object" && block !== null && Object.keys(block).length === 2;
}

function memberOf(value: unknown, name: "name" | "type" | "text"): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === "string" ? member : undefined;
}

/** Where in it a value is not what it should be, such as `inputSchema.type`; undefined if it is all right. */
function faultOf(schema: Schemas[keyof Schemas], value: unknown): string | undefined {
  const outcome = schema["~standard"].validate(value);
  if (outcome instanceof Promise || !outcome.issues) return undefined; // The schemas of the SDK never take their time.
  const path = outcome.issues[0]?.path ?? [];
  return path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
}
