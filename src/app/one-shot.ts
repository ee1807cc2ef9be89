/** A one-shot run from its settings to its result: servers, message, model, session, one turn. */
import type { TurnSink } from "../chat/events.ts";
import type { RunSummary } from "../chat/report/reporter.ts";
import type { CheckValue } from "../chat/schema-answer.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import type { Block, JsonObject, Message } from "../lib/conversation.ts";
import { ExitCode, UsageError, UserError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import type { McpHost } from "../mcp/client/port.ts";
import type { StoredMessage } from "../session/port.ts";
import type { App } from "./app.ts";
import { withClock } from "./clock.ts";
import { createKeeper } from "./keeper.ts";
import { type ChosenModel, DEMO_LINE, loadAhead } from "./model.ts";
import { type Ask, approveBy, type ToolFlags } from "./permissions.ts";
import { conversationOf, openFirstModel } from "./resumed-model.ts";
import { awaitServers, openServers } from "./servers.ts";
import type { Structured, StructuredOptions } from "./structured.ts";
import { currentConversation, type OpenConversation, type TalkOptions, talk } from "./talk.ts";
import { lacking } from "./unfinished.ts";

export interface ToolSettings extends ToolFlags {
  /** `--no-tools`. */
  none: boolean;
  /** `--server`; empty for all that are enabled. */
  servers: readonly string[];
  /** `--tool`; empty for all. */
  only: readonly string[];
  require: readonly string[];
  /** `--wait`, in milliseconds; the configuration's when absent. */
  waitMs?: number;
}

export interface OneShot extends OpenConversation {
  env: Environment;
  tools: ToolSettings;
  /** Reads what is to be sent, while servers start; empty when there is nothing. */
  readMessage: (app: App, host: McpHost | undefined, signal: AbortSignal) => Promise<Block[]>;
  /** Whether somebody reads what it cost. */
  wantsCost: boolean;
  sink: TurnSink;
  notify: Notify;
  signal: AbortSignal;
  ask?: Ask;
  /** `--schema`: what the answer has to be. */
  schema?: JsonObject;
}

/**
 * Runs to the end of the turn and fills `summary` in as things become known, so that a failure can tell how far it
 * came. Throws UserError for what goes wrong before the turn; what goes wrong in it is in the summary.
 */
export async function runOnce(app: App, run: OneShot, summary: RunSummary): Promise<void> {
  const { notify, signal, tools } = run;
  const { servers: only, require } = tools;
  const check = run.schema && (await checkFor(run.schema));
  let host = tools.none ? undefined : await openServers(app, { only, require, held: true });
  try {
    const opening = openFirstModel(app, run).then((opened) => loadAhead(app, opened));
    const [said, chosen] = await Promise.all([run.readMessage(app, host, signal), opening]);
    Object.assign(summary, { provider: chosen.provider.name, model: chosen.model });
    if (run.schema && chosen.local) host = withoutTools(run, notify);
    const configuration = await viewFor(app, chosen, notify);
    if (chosen.isDemo && !tools.none && !run.schema) {
      host ??= await openServers(app, { only, require, held: true, view: () => configuration });
    }
    const conversation = await conversationOf(app, run);
    const message = messageFrom(said, conversation.messages());
    const waitMs = tools.waitMs ?? configuration.mcp.waitMs;
    const wait = { require, waitMs, again: tools.waitMs !== undefined, named: only };
    if (host) await awaitServers(host, wait, notify, signal);
    const options = { ...talkOptions(app, run, configuration), chosen, ...(host && { host }) };
    await answer(run, message, { ...options, check }, summary);
  } finally {
    summary.servers = host?.statuses() ?? [];
  }
}

/** Has the model answer, and fills `summary` in with what came of it. */
async function answer(
  { sink, signal, notify, wantsCost }: OneShot,
  message: Message | undefined,
  { check, ...options }: TalkOptions & { check: CheckValue | undefined },
  summary: RunSummary,
): Promise<void> {
  const { app, keeper } = options;
  const turn = (next: Message | undefined) => talk(options, next, startServersBehind(app, sink), signal);
  const outcome = check
    ? await structured(message, { check, turn, notify })
    : { result: await turn(message) };
  Object.assign(summary, outcome);
  const costUsd = wantsCost ? await keeper.spending.costOfRun() : undefined;
  if (costUsd !== undefined) summary.costUsd = costUsd;
  const conversation = await currentConversation(app);
  const { id, saved } = conversation.current();
  if (id !== undefined && saved) summary.session = id;
  const { error } = outcome.result;
  const isKept = saved && lacking(conversation.messages()) === "rest";
  if (error) summary.error = isKept ? resumable(error) : error;
}

/** Whoever asks again after a part of the answer came pays for it again. */
function resumable(error: UserError): UserError {
  const { message, code, exitCode } = error;
  if (exitCode !== ExitCode.unavailable) return error;
  return new UserError(message, code, exitCode, "what came is kept: mcpchat -c goes on with it", {
    cause: error,
  });
}

/** What a turn is handed, but for the model and the servers. */
function talkOptions(app: App, { env, tools, ask, schema }: OneShot, configuration: Configuration) {
  const approve = approveBy({
    configuration: () => configuration,
    flags: tools,
    decisions: () => app.services.current("store")?.kept.decisions,
    ...(ask && { ask }),
  });
  const wait = tools.waitMs === undefined ? {} : { waitMs: tools.waitMs };
  const keeper = createKeeper(app, env);
  return { app, approve, only: tools.only, ...wait, env, keeper, ...(schema && { schema }) };
}

/** The configuration as the run sees it: with the clock for the demo, which is told for what it is to who did not ask for it. */
async function viewFor(
  app: App,
  { isDemo, isMakeshift }: ChosenModel,
  notify: Notify,
): Promise<Configuration> {
  const configuration = (await app.services.need("config")).current();
  if (isMakeshift) notify("warn", DEMO_LINE);
  return isDemo ? withClock(configuration) : configuration;
}

async function checkFor(schema: JsonObject): Promise<CheckValue> {
  const { openSchemaCheck } = await import("./schema-check.ts");
  return openSchemaCheck(schema);
}

async function structured(message: Message | undefined, options: StructuredOptions): Promise<Structured> {
  const { talkInSchema } = await import("./structured.ts");
  return talkInSchema(message, options);
}

/** The grammar of a schema leaves a model inside this executable no words for a call. Throws UsageError. */
function withoutTools({ tools }: OneShot, notify: Notify): undefined {
  const { servers, only, allow, yes, require } = tools;
  if (require.length > 0) {
    throw new UsageError(
      "a local model with --schema is offered no tools, and --require asks for some",
      "leave one of them out",
    );
  }
  if (servers.length > 0 || only.length > 0 || allow.length > 0 || yes) {
    notify("warn", "with --schema no tools are offered to a local model");
  }
}

/** Milliseconds from the beginning of a request to its being on the wire, on a slow machine. */
const REQUEST_HEAD_START_MS = 20;

/**
 * Servers whose tools are known from last time start behind the first request: several of them at once would take the
 * processor from it, and the model needs a while to answer.
 */
function startServersBehind(app: App, sink: TurnSink): TurnSink {
  return (event) => {
    if (event.type === "request")
      setTimeout(() => app.mcp.opened()?.release(), REQUEST_HEAD_START_MS).unref();
    return sink(event);
  };
}

/** Without a word, a conversation that broke off goes on. Throws UsageError when there is nothing to send. */
function messageFrom(blocks: Block[], before: readonly StoredMessage[]): Message | undefined {
  if (blocks.length > 0) return { role: "user", blocks };
  if (lacking(before)) return undefined;
  throw new UsageError("there is nothing to send", "give a prompt, or pipe text in");
}
