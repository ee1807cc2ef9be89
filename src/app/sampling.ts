/** Has our model answer a server: with permission, by a model that there is a key for, and not for long. */
import { BlockCollector } from "../chat/collector.ts";
import { unreportedUsage } from "../chat/unreported.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { NO_USAGE } from "../lib/conversation.ts";
import { describeError, UserError } from "../lib/errors.ts";
import type { ModelEvent, StopReason } from "../llm/port.ts";
import {
  type Counterpart,
  Refusal,
  type SampleAnswer,
  type SampleRequest,
} from "../mcp/client/requests/counterpart.ts";
import { identityKey } from "../mcp/client/tools/listkey.ts";
import type { App } from "./app.ts";
import { type ChosenModel, openModel } from "./model.ts";
import { askInTurn } from "./question.ts";
import { createSpending, type Purse, type Spending } from "./spending.ts";

export interface SamplingOptions {
  app: () => App;
  env: Environment;
  /** Writes a line to the log of a server. */
  line: (server: string, text: string) => void;
  clock?: Clock;
}

/** One answer, its retries included; in milliseconds. */
const LONGEST_MS = 120_000;

export function createSampling({
  app,
  env,
  line,
  clock = systemClock,
}: SamplingOptions): Counterpart["sample"] {
  /** Servers that the user has allowed to ask for as long as this run lasts, by the program that they are. */
  const allowed = new Set<string>();
  /** Where no run or chat has one. */
  let own: Spending | undefined;
  return async (server, request, signal, onAllowed) => {
    const { services, notify } = app();
    const configuration = (await services.need("config")).current();
    await permit({ server, request, configuration, allowed, app: app(), signal });
    onAllowed();
    const chosen = await modelFor(app(), env, configuration, request.hints);
    const late = new AbortController();
    const cancel = clock.setTimer(LONGEST_MS, () => late.abort(new Refusal("the model took too long")));
    const limit = AbortSignal.any([signal, late.signal]);
    try {
      own ??= createSpending(app(), { env, wall: clock.wall });
      const spending = (app().asking.spending ?? own).beside();
      const { answer, used } = await ask({ chosen, spending, wall: clock.wall, signal: limit }, request);
      line(server, `[sampling] ${answer.model}: ${used}`);
      return answer;
    } catch (error) {
      limit.throwIfAborted();
      if (!(error instanceof UserError)) throw error;
      notify("warn", `the question of server ${server} was not answered: ${describeError(error)}`);
      // What went wrong with our provider is nothing that a server has to know.
      throw new Refusal("the model could not be asked");
    } finally {
      cancel();
    }
  };
}

interface Permission {
  server: string;
  request: SampleRequest;
  configuration: Configuration;
  allowed: Set<string>;
  app: App;
  signal: AbortSignal;
}

/** Throws Refusal. */
async function permit({ server, request, configuration, allowed, app, signal }: Permission): Promise<void> {
  const { person } = app.asking;
  const config = configuration.mcp.servers.find(({ name }) => name === server);
  if (!config || config.sampling === "deny") throw new Refusal("sampling is not allowed here");
  const key = JSON.stringify([server, identityKey(config)]);
  if (config.sampling === "allow" || allowed.has(key)) return;
  if (!person) {
    const advice = `set sampling = "allow" in [mcp.servers.${server}] to allow it`;
    app.notify(
      "warn",
      `server ${server} asked for the model and was refused: there is nobody to ask; ${advice}`,
    );
    throw new Refusal("sampling was refused: there is nobody to ask");
  }
  const tell = (text: string) => app.notify("warn", `server ${server} ${text}`);
  const question = async () => {
    // The answer to the question before may have settled this one.
    if (allowed.has(key)) return;
    const answer = await person.allowSampling(server, request, signal);
    if (answer === "no") throw new Refusal("the user refused");
    if (answer === "session") allowed.add(key);
  };
  await askInTurn(app.asking, tell, question, signal);
}

/** The first model that a hint names and that there is a key for, of those that the user has chosen; else the current one. */
async function modelFor(
  app: App,
  env: Environment,
  configuration: Configuration,
  hints: readonly string[],
): Promise<ChosenModel> {
  const current = app.asking.model;
  const currentName = current && `${current.provider.name}/${current.model}`;
  const names = [currentName, configuration.model, ...configuration.fallback].filter(
    (name) => name !== undefined,
  );
  const wanted = new Set(
    hints.flatMap((hint) => names.filter((name) => name.toLowerCase().includes(hint.toLowerCase()))),
  );
  for (const name of wanted) {
    const chosen = name === currentName ? current : await openModel(app, env, name).catch(unusable);
    if (chosen) return chosen;
  }
  return current ?? openModel(app, env);
}

function unusable(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}

const STOP_REASONS: Readonly<Record<StopReason, SampleAnswer["stopReason"]>> = {
  end: "end",
  tool_calls: "tool_calls",
  max_tokens: "max_tokens",
  refusal: "other",
  other: "other",
};

interface Surroundings {
  chosen: ChosenModel;
  spending: Purse;
  wall: () => number;
  signal: AbortSignal;
}

/** Asks once, within the limits of cost. The tools are the server's own: a call of one is part of the answer, and nothing here runs it. */
async function ask({ chosen, spending, wall, signal }: Surroundings, request: SampleRequest) {
  const { provider, model } = chosen;
  const name = { provider: provider.name, model };
  const { system, messages, tools, maxTokens, temperature, stop } = request;
  const wish = {
    model,
    messages,
    tools,
    maxTokens,
    ...(system !== undefined && { system }),
    ...(temperature !== undefined && { temperature }),
    ...(stop && { stop }),
  };
  const bounded = await spending.prepare(name)(wish);
  const collector = new BlockCollector();
  const stopReason = await collect(provider.stream(bounded, signal), collector).finally(() => {
    const { usage, blocks } = collector;
    if (usage !== NO_USAGE) spending.spent({ ...name, usage, at: wall() });
    else if (blocks.length > 0)
      spending.spent({ ...name, usage: unreportedUsage(bounded, blocks), at: wall() });
    else spending.release();
  });
  const text = collector.blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
  const calls = collector.blocks.flatMap((block) =>
    block.type === "tool_call" && block.invalidArguments === undefined
      ? [{ id: block.id, name: block.name, arguments: block.arguments }]
      : [],
  );
  const { input, output, cacheRead, cacheWrite } = collector.usage;
  const used = `${input + cacheRead + cacheWrite} tokens in, ${output} out`;
  const answer: SampleAnswer = {
    model: `${provider.name}/${model}`,
    text,
    calls,
    stopReason: STOP_REASONS[stopReason],
  };
  return { answer, used };
}

async function collect(events: AsyncIterable<ModelEvent>, collector: BlockCollector): Promise<StopReason> {
  for await (const event of events) {
    collector.add(event);
    if (event.type === "failed") throw event.error;
    if (event.type === "done") return event.stopReason;
  }
  throw new Error("the stream of a model ended without a terminal event");
}
