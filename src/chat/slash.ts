/** The commands that begin with a slash. Each has a counterpart `mcpchat ...` for scripts, but for those about this very chat. */
import { type Block, mediaLabel } from "../lib/conversation.ts";
import { UsageError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { singleLine } from "../lib/text-layout.ts";
import { sanitize } from "../lib/text-sanitize.ts";
import type { ServerStatus } from "../mcp/client/port.ts";
import type { Next, SlashCommand, SlashContext } from "./slash-command.ts";
import { MODEL_COMMANDS } from "./slash-models.ts";

const LINE_COLUMNS = 100;

export const SLASH_COMMANDS: ReadonlyMap<string, SlashCommand> = new Map<string, SlashCommand>([
  ["help", { usage: "/help", description: "Show this list", run: showHelp }],
  ["exit", { usage: "/exit", description: "Leave; so does Ctrl-D", run: async () => "exit" }],
  ["resume", { usage: "/resume", description: "Go on with an answer that broke off", run: resume }],
  ["new", { usage: "/new [NAME]", description: "Begin a new conversation", run: beginConversation }],
  ...MODEL_COMMANDS,
  [
    "servers",
    {
      usage: "/servers [restart NAME]",
      description: "Show the MCP servers, or restart one",
      run: showServers,
    },
  ],
  ["tree", { usage: "/tree", description: "Show the supervision tree", run: showTree }],
  ["tools", { usage: "/tools", description: "List the tools that the model may call", run: showTools }],
  ["history", { usage: "/history", description: "Show this conversation", run: showHistory }],
  ["context", { usage: "/context", description: "Show what would be sent, and its size", run: showContext }],
  ["cost", { usage: "/cost", description: "Show what this conversation cost", run: showCost }],
  ["system", { usage: "/system [TEXT]", description: "Show or set the system prompt", run: showSystem }],
]);

/** Runs a line that begins with a slash. Throws UsageError for a command that is not known. */
export async function runSlash(line: string, context: SlashContext): Promise<Next | undefined> {
  const [word = "", rest = ""] = splitFirst(line.slice(1));
  const command = SLASH_COMMANDS.get(word);
  if (command) return command.run(rest, context);
  const close = nearest(word, SLASH_COMMANDS.keys());
  throw new UsageError(`unknown command /${word}`, close ? `did you mean /${close}?` : "see /help");
}

/** The first word and what follows it. */
export function splitFirst(line: string): [string, string] {
  const match = /^(\S*)\s*([\s\S]*)$/.exec(line.trim());
  return [match?.[1] ?? "", match?.[2] ?? ""];
}

async function showHelp(_rest: string, { print }: SlashContext): Promise<undefined> {
  const width = Math.max(...[...SLASH_COMMANDS.values()].map(({ usage }) => usage.length));
  for (const { usage, description } of SLASH_COMMANDS.values())
    print(`${usage.padEnd(width)}  ${description}`);
  print("A backslash at the end of a line goes on in the next one. Ctrl-C stops an answer.");
}

async function resume(_rest: string, { dialogue }: SlashContext): Promise<Next> {
  if (await dialogue.conversation.lacks()) return "resume";
  throw new UsageError("there is nothing to go on with", "the last answer is whole");
}

async function showContext(_rest: string, { dialogue, print }: SlashContext): Promise<undefined> {
  for (const line of await dialogue.conversation.context()) print(line);
}

async function showCost(_rest: string, { dialogue, print }: SlashContext): Promise<undefined> {
  for (const line of await dialogue.conversation.cost()) print(line);
}

async function beginConversation(name: string, { dialogue, print }: SlashContext): Promise<undefined> {
  await dialogue.conversation.begin(name === "" ? undefined : name);
  print("A new conversation.");
}

async function showServers(rest: string, { dialogue, print }: SlashContext): Promise<undefined> {
  const [action, name] = splitFirst(rest);
  const { servers } = dialogue;
  if (action !== "" && action !== "restart")
    throw new UsageError(`unknown action ${action}`, "/servers restart NAME");
  if (action === "restart") {
    if (name === "") throw new UsageError("which server?", "/servers restart NAME");
    if (!servers) throw new UsageError("no MCP server is configured");
    await servers.restart(name);
  }
  const statuses = servers?.statuses() ?? [];
  if (statuses.length === 0) print("No MCP server is configured.");
  for (const status of statuses) print(statusLine(status));
}

function statusLine({ name, state, pid, tools, cached, error }: ServerStatus): string {
  const parts = [
    state,
    pid === undefined ? "" : `pid ${pid}`,
    `${tools === 1 ? "1 tool" : `${tools} tools`}${cached ? " (known from last time)" : ""}`,
  ];
  const line = `${name}: ${parts.filter((part) => part !== "").join(", ")}`;
  return singleLine(error === undefined ? line : `${line}; ${error}`, LINE_COLUMNS * 2);
}

async function showTree(_rest: string, { dialogue, print }: SlashContext): Promise<undefined> {
  print(dialogue.tree());
}

async function showTools(_rest: string, { dialogue, print }: SlashContext): Promise<undefined> {
  const tools = dialogue.servers?.tools() ?? [];
  if (tools.length === 0) print("There are no tools.");
  for (const { server, name, description } of tools) {
    print(singleLine(`${server}/${name}  ${description}`, LINE_COLUMNS));
  }
}

async function showHistory(_rest: string, { dialogue, print }: SlashContext): Promise<undefined> {
  const messages = await dialogue.conversation.messages();
  if (messages.length === 0) print("Nothing was said yet.");
  for (const { role, blocks } of messages) {
    for (const block of blocks) print(`${role === "user" ? "> " : ""}${blockLine(block)}`);
  }
}

function blockLine(block: Block): string {
  switch (block.type) {
    case "text":
      return sanitize(block.text);
    case "media":
      return singleLine(mediaLabel(block), LINE_COLUMNS);
    case "thinking":
      return singleLine(`[thinking] ${block.text}`, LINE_COLUMNS);
    case "tool_call":
      return singleLine(`[calls ${block.name} ${JSON.stringify(block.arguments)}]`, LINE_COLUMNS);
    case "tool_result":
      return singleLine(`[${block.isError ? "error" : "result"}] ${block.content}`, LINE_COLUMNS);
  }
}

async function showSystem(text: string, { dialogue, print }: SlashContext): Promise<undefined> {
  if (text !== "") await dialogue.conversation.setSystem(text);
  print(sanitize((await dialogue.conversation.system()) ?? "There is no system prompt."));
}
