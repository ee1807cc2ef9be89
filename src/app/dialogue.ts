/** A chat's side of the tree: the dialogue that the loop drives, made of the services. */
import { splitArguments } from "../alias/expand.ts";
import type { ConversationChoice, Dialogue, OwnModels } from "../chat/dialogue.ts";
import type { TurnResult, TurnSink } from "../chat/events.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import type { Notify } from "../lib/notice.ts";
import type { McpHost } from "../mcp/client/port.ts";
import type { CostReport } from "../pricing/report.ts";
import type { App } from "./app.ts";
import { withClock } from "./clock.ts";
import { createKeeper } from "./keeper.ts";
import { type ChosenModel, DEMO_LINE, loadAhead, openModel } from "./model.ts";
import type { ToolSettings } from "./one-shot.ts";
import { type Ask, approveBy } from "./permissions.ts";
import { conversationOf, openFirstModel } from "./resumed-model.ts";
import { readSaid } from "./said.ts";
import { awaitServers, openServers, refreshServers } from "./servers.ts";
import {
  currentConversation,
  nextRequest,
  type OpenConversation,
  openConversation,
  type TalkOptions,
  talk,
} from "./talk.ts";
import { renderTree } from "./tree-view.ts";
import { lacking } from "./unfinished.ts";

export interface DialogueOptions extends OpenConversation {
  env: Environment;
  tools: ToolSettings;
  notify: Notify;
  ask: Ask;
  cwd: string;
}

/** Opens the conversation and the model and starts the servers, without waiting for them. Throws UserError. */
export async function openDialogue(given: App, options: DialogueOptions): Promise<Dialogue> {
  const { env, tools, notify, save } = options;
  const app = tellingOnce(given);
  // The executable starts with a policy for short runs, which this is not.
  Bun.unsafe.setJITPolicy(1);
  const only = tools.servers;
  let named: string | undefined;
  let chosen = loadAhead(app, await openFirstModel(app, options));
  if (chosen.isMakeshift) notify("warn", DEMO_LINE);
  const view = (configuration: Configuration) => (chosen.isDemo ? withClock(configuration) : configuration);
  const selection = { only, require: tools.require, view };
  const host = tools.none ? undefined : await openServers(app, selection);
  await conversationOf(app, options);
  const config = await app.services.need("config");
  const keeper = createKeeper(app, env);
  const lasting = lastingOptions(app, options, () => view(config.current()));
  const talkOptions = (): TalkOptions => ({ ...lasting, keeper, chosen, ...(host && { host }) });
  const ready = waitOnce(app, host, options);
  const choose = async (name: string | undefined, signal = app.signal) => {
    const { isMakeshift, isDemo, local } = chosen;
    // A model that appears meanwhile does not take over a conversation with another one, but for the demo's.
    chosen = await openModel(app, env, name, isMakeshift ? undefined : nameOf(chosen), signal);
    if (chosen.local?.path !== local?.path) loadAhead(app, chosen);
    if (chosen.isMakeshift && !isMakeshift) notify("warn", DEMO_LINE);
    if (host && chosen.isDemo !== isDemo) await refreshServers(app, selection);
  };
  return {
    servers: host,
    ...ofTree(app, env),
    async turn(text: string | undefined, sink: TurnSink, signal: AbortSignal): Promise<TurnResult> {
      await ready(signal);
      // Anew for each turn: the configuration may name another model, address or key by now.
      const before = nameOf(chosen);
      await choose(named, signal);
      if (nameOf(chosen) !== before) notify("info", `${nameOf(chosen)} answers from now on`);
      if (text === undefined) return talk(talkOptions(), undefined, sink, signal);
      const said = { prompt: text, cwd: options.cwd, env, host, waitMs: tools.waitMs, notify, signal };
      return talk(talkOptions(), { role: "user", blocks: await readSaid(app, said) }, sink, signal);
    },
    model: {
      name: () => nameOf(chosen),
      use: async (name) => {
        await choose(name);
        named = name;
      },
    },
    conversation: {
      ...conversationChoice(app, save),
      cost: async () => costLines(await keeper.spending.report()),
      context: async () => keeper.describe(chosen, await nextRequest(talkOptions())),
    },
  };
}

/** What all turns are handed alike. */
function lastingOptions(app: App, { env, tools, ask }: DialogueOptions, configuration: () => Configuration) {
  const approve = approveBy({
    configuration,
    flags: tools,
    decisions: () => app.services.current("store")?.kept.decisions,
    ask,
  });
  const wait = tools.waitMs === undefined ? {} : { waitMs: tools.waitMs };
  return { app, env, approve, only: tools.only, ...wait };
}

/** What a chat asks of the tree and does not hold itself. */
function ofTree(app: App, env: Environment): Pick<Dialogue, "tree" | "ownModels" | "expand"> {
  return {
    tree: () => renderTree(app.tree()),
    ownModels: ownModelsOf(app, env),
    async expand(name, line) {
      const aliases = await app.services.need("alias");
      return aliases.has(name) ? aliases.expand(name, splitArguments(line)) : undefined;
    },
  };
}

/** The model is chosen anew for each turn: what is wrong in the models folder is told with the first. */
function tellingOnce(app: App): App {
  const told = new Set<string>();
  const notify: Notify = (level, text) => {
    if (!told.has(text)) app.notify(level, text);
    told.add(text);
  };
  return { ...app, notify };
}

function nameOf({ provider, model }: ChosenModel): string {
  return `${provider.name}/${model}`;
}

/** As a table; what makes it is loaded by who asks. */
async function costLines(report: CostReport): Promise<readonly string[]> {
  const { costText } = await import("../pricing/report.ts");
  return costText(report).trimEnd().split("\n");
}

function conversationChoice(app: App, save: boolean): Omit<ConversationChoice, "cost" | "context"> {
  return {
    begin: async (name) => {
      await openConversation(app, { session: { new: true, ...(name !== undefined && { name }) }, save });
    },
    messages: async () => (await currentConversation(app)).messages(),
    lacks: async () => lacking((await currentConversation(app)).messages()),
    system: async () => (await currentConversation(app)).current().system,
    setSystem: async (system) => (await currentConversation(app)).change({ system }),
  };
}

/** Most chats have nothing to do with them: what they need is loaded when one is asked for. */
function ownModelsOf(app: App, env: Environment): OwnModels {
  const control = async () => (await import("./local-model.ts")).modelControl(app, env);
  return {
    load: async (name, onProgress, signal) => (await control()).load(name, onProgress, signal),
    unload: async (name) => (await control()).unload(name),
    loaded: async () => (await control()).loaded(),
    acceleration: async (signal) => (await control()).acceleration(signal),
  };
}

/**
 * The first turn waits for servers without a known tool list, as a one-shot run does; later ones take what there is, and
 * look after what was away.
 */
function waitOnce(app: App, host: McpHost | undefined, { tools, notify }: DialogueOptions) {
  let waited = false;
  return async (signal: AbortSignal): Promise<void> => {
    if (!host) return;
    if (waited) return host.settle({ ms: 0 }, signal);
    waited = true;
    const configured = (await app.services.need("config")).current().mcp.waitMs;
    const { require, servers: named, waitMs = configured } = tools;
    const wait = { require, named, waitMs, again: tools.waitMs !== undefined };
    await awaitServers(host, wait, notify, signal);
  };
}
