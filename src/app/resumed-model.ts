/** The model that a conversation goes on with: the one that answered last, unless the user named another. */
import type { Environment } from "../config/paths.ts";
import { UserError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { DEMO } from "../llm/select.ts";
import type { Conversation, StoredMessage } from "../session/port.ts";
import type { App } from "./app.ts";
import { type ChosenModel, openModel } from "./model.ts";
import { currentConversation, type OpenConversation, openConversation } from "./talk.ts";

export interface Opening extends OpenConversation {
  env: Environment;
  notify: Notify;
}

/**
 * The model that a run begins with. A conversation that goes on is opened for it; start-up does not wait for the store
 * where there is none. Throws what `openModel` throws, and UsageError where there is no such session.
 */
export async function openFirstModel(app: App, opening: Opening): Promise<ChosenModel> {
  if ("new" in opening.session) return openModel(app, opening.env);
  const conversation = await openConversation(app, opening);
  const { model: configured } = (await app.services.need("config")).current();
  const last = configured === undefined ? lastModel(conversation.messages()) : undefined;
  return last === undefined ? openModel(app, opening.env) : openLast(app, opening, last);
}

/** The conversation of a run whose model is open. */
export function conversationOf(app: App, opening: OpenConversation): Promise<Conversation> {
  return "new" in opening.session ? openConversation(app, opening) : currentConversation(app);
}

/** One that cannot be used any more is told with a line, and what a new conversation would get takes its place. */
async function openLast(app: App, { env, notify }: Opening, last: string): Promise<ChosenModel> {
  try {
    return await openModel(app, env, undefined, last);
  } catch (error) {
    app.signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    const chosen = await openModel(app, env);
    const instead = `${chosen.provider.name}/${chosen.model}`;
    const why = `this session was with ${last}, which cannot be used (${error.message})`;
    notify("warn", `${why}; ${instead} answers instead`);
    return chosen;
  }
}

/** Of the last answer; undefined where that is the demo's, which nobody has to keep to. */
export function lastModel(messages: readonly StoredMessage[]): string | undefined {
  const { provider, model } = messages.findLast(({ role }) => role === "assistant") ?? {};
  if (provider === undefined || model === undefined) return undefined;
  return provider === DEMO.provider && model === DEMO.model ? undefined : `${provider}/${model}`;
}
