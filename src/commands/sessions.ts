/** `mcpchat sessions list|show|rm`; `cost` and `context` have files of their own. */
import { contextsFolder, removeContexts } from "../app/contexts.ts";
import { type Block, type Media, mediaLabel } from "../lib/conversation.ts";
import { UsageError } from "../lib/errors.ts";
import { singleLine } from "../lib/text-layout.ts";
import { sanitize } from "../lib/text-sanitize.ts";
import type { SessionSummary, Store, StoredMessage } from "../session/port.ts";
import type { Command, CommandContext } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { integerOption, parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { findSession } from "./session-choice.ts";
import { withApp } from "./with-app.ts";

const JSON_OPTION = { json: { type: "boolean", description: "As JSON" } } as const;
const LIST_OPTIONS = {
  ...JSON_OPTION,
  limit: { type: "string", valueHint: "N", description: "At most this many, the latest first" },
  ...COMMON_OPTIONS,
} as const;
const SHOW_OPTIONS = { ...JSON_OPTION, ...COMMON_OPTIONS } as const;

export const sessionsCommand: Command = {
  meta: {
    name: "sessions",
    description: "List, show and remove conversations, say what they cost and how large they are",
  },
  args: COMMON_OPTIONS,
  subCommands: new Map([
    ["list", async () => listCommand],
    ["show", async () => showCommand],
    ["rm", async () => removeCommand],
    ["cost", async () => (await import("./sessions-cost.ts")).costCommand],
    ["context", async () => (await import("./sessions-context.ts")).contextCommand],
  ]),
};

const listCommand: Command = {
  meta: { name: "list", description: "List conversations, the latest first" },
  args: LIST_OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, LIST_OPTIONS, 0);
    const limit = integerOption("limit", values.limit, 1);
    const sessions = await withStore(context, values, (store) => store.sessions.list(limit));
    if (values.json) await printJson(sessions.map(summaryJson));
    else await print(sessions.map(summaryLine).join(""));
    return 0;
  },
};

const showCommand: Command = {
  meta: { name: "show", description: "Show a conversation by its id, the beginning of it, or its name" },
  args: {
    ...SHOW_OPTIONS,
    id: { type: "positional", required: false, description: "Which one; the latest if absent" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, SHOW_OPTIONS, 1);
    const { session, messages } = await withStore(context, values, (store) => {
      const found = findSession(store, positionals[0]);
      return { session: found, messages: store.messages.branch(found.id) };
    });
    if (values.json) await printJson({ ...summaryJson(session), messages: messages.map(messageJson) });
    else await print(messages.map(messageText).join("\n"));
    return 0;
  },
};

const removeCommand: Command = {
  meta: { name: "rm", description: "Remove conversations for good" },
  args: { ...SHOW_OPTIONS, id: { type: "positional", required: false, description: "Which ones" } },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, SHOW_OPTIONS);
    if (positionals.length === 0)
      throw new UsageError("sessions rm needs an id", "see mcpchat sessions list");
    const removed = await withApp(context, values, async (app) => {
      const store = await app.services.need("store");
      const sessions = positionals.map((reference) => findSession(store, reference));
      const contexts = contextsFolder(app.paths);
      for (const { id } of sessions) {
        store.sessions.remove(id);
        removeContexts(contexts, id);
      }
      return sessions;
    });
    if (values.json) await printJson({ removed: removed.map(({ id }) => id) });
    return 0;
  },
};

function withStore<T>(
  context: CommandContext,
  values: { config?: string; quiet?: boolean },
  work: (store: Store) => T,
): Promise<T> {
  return withApp(context, values, async (app) => work(await app.services.need("store")));
}

function summaryLine({ id, name, title, updatedAt, messages }: SessionSummary): string {
  const when = new Date(updatedAt).toISOString().slice(0, 16).replace("T", " ");
  const label = singleLine(name === undefined ? title : `[${name}] ${title}`, 80);
  return `${id}  ${when}  ${String(messages).padStart(4)}  ${label}\n`;
}

function summaryJson({ id, name, title, createdAt, updatedAt, messages }: SessionSummary): object {
  return {
    id,
    name: name ?? null,
    title,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
    messages,
  };
}

function messageJson(message: StoredMessage): object {
  const { id, role, status, blocks, provider, model, usage, createdAt } = message;
  return {
    id,
    role,
    status,
    provider: provider ?? null,
    model: model ?? null,
    usage: usage ?? null,
    created_at: new Date(createdAt).toISOString(),
    blocks: blocks.map(blockJson),
  };
}

/** Megabytes of base64 help nobody who reads a conversation. */
function blockJson(block: Block): object {
  if (block.type === "media") return { type: block.type, ...mediaJson(block) };
  if (block.type !== "tool_result" || !block.media) return block;
  return { ...block, media: block.media.map(mediaJson) };
}

function mediaJson({ mediaType, data, name }: Media): object {
  return { mediaType, name: name ?? null, bytes: Buffer.byteLength(data, "base64") };
}

function messageText({ role, status, blocks }: StoredMessage): string {
  const mark = status === "complete" ? "" : ` (${status})`;
  return `${role}${mark}:\n${blocks.map(blockText).join("\n")}\n`;
}

function blockText(block: Block): string {
  switch (block.type) {
    case "text":
      return sanitize(block.text);
    case "media":
      return sanitize(mediaLabel(block));
    case "thinking":
      return `[thinking] ${sanitize(block.text)}`;
    case "tool_call":
      return `[calls ${sanitize(block.name)} ${sanitize(JSON.stringify(block.arguments))}]`;
    case "tool_result":
      return `[${block.isError ? "error" : "result"}] ${sanitize(block.content)}`;
  }
}
