/**
 * What a one-shot run and a chat have in common: a conversation, a model and tools, brought together for a turn. Each
 * turn takes the configuration that is in force when it begins.
 */
import type { ToolRecord, TurnResult, TurnSink } from "../chat/events.ts";
import type { Approve } from "../chat/ports.ts";
import { Toolbox } from "../chat/toolbox.ts";
import type { TurnOptions } from "../chat/turn-options.ts";
import type { ChatConfig } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import type { JsonObject, Message } from "../lib/conversation.ts";
import { describeError } from "../lib/errors.ts";
import type { ModelRequest } from "../llm/port.ts";
import type { McpHost } from "../mcp/client/port.ts";
import type { Conversation, SessionSelection } from "../session/port.ts";
import type { App } from "./app.ts";
import { answering } from "./fallback.ts";
import { withInstructions } from "./instructions.ts";
import type { Keeper } from "./keeper.ts";
import type { ChosenModel } from "./model.ts";
import { advisedOnMedia } from "./refused-media.ts";

export interface TalkOptions {
  app: App;
  chosen: ChosenModel;
  host?: McpHost;
  approve: Approve;
  /**
   * `--wait`, in milliseconds: what bounds the wait for servers bounds that of a call as well, but for 0, which has the
   * first request wait for nobody.
   */
  waitMs?: number;
  /** `--tool`: globs over `server/tool`; empty for all. */
  only: readonly string[];
  /** What the answer has to be. */
  schema?: JsonObject;
  keeper: Keeper;
  env: Environment;
}

/** Runs a turn for `message`; without one it goes on from where the conversation stopped. */
export async function talk(
  options: TalkOptions,
  message: Message | undefined,
  sink: TurnSink,
  signal: AbortSignal,
): Promise<TurnResult> {
  const { app, chosen, host, schema, keeper, env } = options;
  const { model, local } = chosen;
  const { chat } = (await app.services.need("config")).current();
  const { system: own } = (await currentConversation(app)).current();
  const toolbox = host && toolboxFor(options, host);
  const system = host && toolbox ? withInstructions(own, host.statuses(), toolbox.tools()) : own;
  app.asking.model = chosen;
  app.asking.spending = keeper.spending;
  const turn: TurnOptions = {
    provider: answering(app, env, chosen, {
      prepare: (candidate) => keeper.prepare(candidate, signal),
    }),
    model,
    ...(toolbox && { toolbox }),
    conversation: () => currentConversation(app),
    maxRequests: chat.maxTurns,
    sink: tellOnce(sink, keeper.told),
    onAnswered: (request) => keeper.spending.spent(request),
    signal,
    ...(system !== undefined && { system }),
    ...samplingOf(chat),
    ...(chat.thinking && { effort: chat.thinking }),
    ...(schema && { schema }),
    ...(local && { state: async () => (await import("./local-model.ts")).conversationState(app, local) }),
  };
  const result = await (await app.services.need("chat")).turn(message, turn);
  // Of a request that came to nothing the money is free for what servers ask between turns.
  keeper.spending.release();
  // The answer was given only as many tokens as the money that is left pays for.
  const cut = result.stopReason === "max_tokens" ? keeper.spending.cutBy() : undefined;
  if (cut) return { ...result, stopReason: "limit", error: cut };
  return advisedOnMedia(result, (await currentConversation(app)).messages());
}

/** What would be sent to the model now, but for what the user has not typed yet. */
export async function nextRequest({ app, chosen, host, ...options }: TalkOptions): Promise<ModelRequest> {
  const conversation = await currentConversation(app);
  const { system: own } = conversation.current();
  const toolbox = host && toolboxFor({ app, chosen, host, ...options }, host);
  const system = host && toolbox ? withInstructions(own, host.statuses(), toolbox.tools()) : own;
  const { chat } = (await app.services.need("config")).current();
  return {
    model: chosen.model,
    messages: conversation.messages(),
    tools: toolbox?.definitions() ?? [],
    ...(system !== undefined && { system }),
    ...samplingOf(chat),
  };
}

function samplingOf({ maxTokens, temperature, topP, topK, minP, seed, stop }: ChatConfig) {
  const sampling = {
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(minP !== undefined && { minP }),
    ...(seed !== undefined && { seed }),
  };
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(Object.keys(sampling).length > 0 && { sampling }),
    ...(stop.length > 0 && { stop }),
  };
}

/** A setting that a model does not take is told with each request of it, and to the user once. */
function tellOnce(sink: TurnSink, told: Set<string>): TurnSink {
  return (event) => {
    if (event.type !== "notice") return sink(event);
    if (told.has(event.text)) return;
    told.add(event.text);
    return sink(event);
  };
}

/** The conversation of this moment; waits while the store or the session restarts. */
export async function currentConversation(app: App): Promise<Conversation> {
  if (!app.storeless) await app.services.need("store");
  return app.services.need("session");
}

const DEFAULT_CALL_TIMEOUT_MS = 60_000;

export interface OpenConversation {
  session: SessionSelection;
  save: boolean;
}

/**
 * Opens the conversation of this run. A system prompt belongs to its session: a new one takes the configured, an older
 * one keeps its own unless the command line gave another.
 */
export async function openConversation(app: App, { session, save }: OpenConversation): Promise<Conversation> {
  const conversation = await currentConversation(app);
  const info = conversation.open(session, { save });
  const { chat, sources } = (await app.services.need("config")).current();
  const given = sources["chat.system"] === "command line";
  if (chat.system !== undefined && (given || info.system === undefined) && chat.system !== info.system) {
    conversation.change({ system: chat.system });
  }
  return conversation;
}

function toolboxFor({ app, approve, only, waitMs = 0 }: TalkOptions, host: McpHost): Toolbox {
  const servers = () => app.services.current("config")?.current().mcp.servers ?? [];
  const callTimeoutMs = (server: string) =>
    servers().find(({ name }) => name === server)?.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
  const wait = waitMs > 0 ? { waitMs } : {};
  return new Toolbox({
    host,
    approve,
    only,
    callTimeoutMs,
    ...wait,
    record: (call) => recordCall(app, call),
  });
}

/** Written down beside the message that made the call, which is the last one while tools run. A record, no promise. */
function recordCall(app: App, { server, name, arguments: args, ok, ms }: ToolRecord): void {
  try {
    const conversation = app.services.current("session");
    const messageId = conversation?.messages().at(-1)?.id ?? null;
    const call = { messageId, server, tool: name, arguments: JSON.stringify(args), ok, ms };
    conversation?.current().toolCalls.record(call);
  } catch (error) {
    app.notify("warn", `the call of ${server}/${name} was not recorded: ${describeError(error)}`);
  }
}
