/** A model, a host of tools and a conversation whose every move a test decides. */
import type { Answer, Conversation } from "../../src/chat/ports.ts";
import type { Block, JsonObject, Message } from "../../src/lib/conversation.ts";
import type { ModelEvent, ModelRequest, Provider } from "../../src/llm/port.ts";
import type { CatalogueTool, McpHost, ToolOutcome } from "../../src/mcp/client/port.ts";

/** Answers request number n with the n-th list of events. */
export function scriptedProvider(replies: ModelEvent[][]): Provider & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    name: "scripted",
    requests,
    async *stream(request) {
      requests.push(structuredClone(request) as ModelRequest);
      yield* replies[requests.length - 1] ?? [];
    },
  };
}

export const says = (text: string): ModelEvent[] => [
  { type: "text", text },
  { type: "usage", usage: { input: 10, output: 2, cacheRead: 0, cacheWrite: 0 } },
  { type: "done", stopReason: "end" },
];

export const calls = (...names: [name: string, args: JsonObject][]): ModelEvent[] => [
  ...names.map(
    ([name, args], index): ModelEvent => ({ type: "tool_call", id: `call${index}`, name, arguments: args }),
  ),
  { type: "done", stopReason: "tool_calls" },
];

/** Keeps the messages and the order in which they were written. */
export class RecordedConversation implements Conversation {
  readonly stored: (Message & { status: "complete" | "partial" | "failed" })[] = [];

  messages(): Message[] {
    return this.stored
      .filter(({ blocks }) => blocks.length > 0)
      .map(({ role, blocks }) => ({ role, blocks }));
  }

  append(message: Message): void {
    this.stored.push({ ...message, status: "complete" });
  }

  beginAnswer(): Answer {
    const message = {
      role: "assistant" as const,
      blocks: [] as Block[],
      status: "partial" as "partial" | "complete" | "failed",
    };
    this.stored.push(message);
    const set = (status: typeof message.status) => (blocks: readonly Block[]) => {
      message.blocks = [...blocks];
      message.status = status;
    };
    return { update: set("partial"), complete: set("complete"), fail: set("partial") };
  }
}

export function tool(
  server: string,
  name: string,
  annotations: CatalogueTool["annotations"] = {},
): CatalogueTool {
  return {
    server,
    name,
    qualifiedName: `${server}__${name}`,
    description: name,
    inputSchema: { type: "object" },
    annotations,
  };
}

/** A host whose calls are answered by `answer`. */
export function scriptedHost(
  tools: CatalogueTool[],
  answer: (tool: CatalogueTool, args: JsonObject, signal: AbortSignal) => Promise<ToolOutcome>,
): McpHost {
  return {
    settle: async () => {},
    tools: () => tools,
    statuses: () => [],
    ready: async () => {},
    call: (called, args, { signal }) => answer(called, args, signal),
    restart: async () => {},
    changes: () => [],
    objection: () => undefined,
    trust: () => [],
    reconsider: () => true,
  };
}
