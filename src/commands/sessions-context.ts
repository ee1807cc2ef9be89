/** `mcpchat sessions context`. */
import type { App } from "../app/app.ts";
import { createContext } from "../app/context.ts";
import { openModel } from "../app/model.ts";
import { lastModel } from "../app/resumed-model.ts";
import { contextLines, type Measured } from "../chat/context/describe.ts";
import type { Environment } from "../config/paths.ts";
import { type Command, worldOf } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { findSession } from "./session-choice.ts";
import { withApp } from "./with-app.ts";

const OPTIONS = {
  model: {
    type: "string",
    alias: "m",
    valueHint: "PROVIDER/MODEL",
    description: "The model that it would go to; the one that a run would ask if absent",
  },
  json: { type: "boolean", description: "As JSON" },
  ...COMMON_OPTIONS,
} as const;

export const contextCommand: Command = {
  meta: {
    name: "context",
    description: "Say how much of a conversation would be sent to a model, tools not counted",
  },
  args: {
    ...OPTIONS,
    id: { type: "positional", required: false, description: "Which one; the latest if absent" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 1);
    const { env } = worldOf(context);
    const measured = await withApp(context, values, (app) => measure(app, env, positionals[0], values.model));
    if (values.json) await printJson(asJson(measured));
    else await print(`${contextLines(measured).join("\n")}\n`);
    return 0;
  },
};

/** Throws UsageError when there is no such session, StoreError, and what `openModel` throws. */
async function measure(app: App, env: Environment, reference?: string, model?: string): Promise<Measured> {
  const { id } = findSession(await app.services.need("store"), reference);
  const conversation = await app.services.need("session");
  // On a copy: looking at a session is no use of it.
  const { system } = conversation.open({ id }, { save: false });
  const { chat } = (await app.services.need("config")).current();
  const prompt = system ?? chat.system;
  const messages = conversation.messages();
  const chosen = await openModel(app, env, model, lastModel(messages));
  const request = {
    model: chosen.model,
    messages,
    tools: [],
    ...(prompt !== undefined && { system: prompt }),
    ...(chat.maxTokens !== undefined && { maxTokens: chat.maxTokens }),
  };
  return createContext(app, env).measure(chosen, request);
}

function asJson({ name, tokens, window, parts, messages, left, ...rest }: Measured): object {
  const { strategy, summary, shortened, fits } = rest;
  return {
    model: name,
    window: window?.tokens ?? null,
    reserve: window?.reserve ?? null,
    tokens,
    parts: parts.map(({ title, tokens: size }) => ({ title, tokens: size })),
    messages,
    left_out: left,
    strategy,
    summary,
    shortened,
    fits,
  };
}
