/**
 * Conversations that are longer than a model's window: what of them is sent, and what the user is told of it. One for
 * each run or chat.
 */
import { contextLines, type Measured, measureContext } from "../chat/context/describe.ts";
import { estimateSurroundings, remembering, type Size } from "../chat/context/estimate.ts";
import { type Fit, fitContext } from "../chat/context/fit.ts";
import { limited, type Room, roomFor } from "../chat/context/room.ts";
import { tooLongError } from "../chat/context/too-long.ts";
import type { ContextStrategy } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import type { ModelRequest } from "../llm/port.ts";
import type { App } from "./app.ts";
import { CarriedMedia } from "./context-media.ts";
import { ConversationSummaries, type SummariesOptions } from "./context-summaries.ts";
import { Windows } from "./context-window.ts";
import type { ChosenModel } from "./model.ts";

export interface Context {
  /**
   * A request as it fits into the window of one model; unchanged where that is not known, but for media that no request
   * carries. `signal` ends a summary that is being made. The function throws ProviderError `too_long` for what cannot be
   * made to fit, and what `guard` throws.
   */
  prepare(chosen: ChosenModel, signal?: AbortSignal): (request: ModelRequest) => Promise<ModelRequest>;
  /** What would be sent and how large it is. Asks no model. */
  measure(chosen: ChosenModel, request: ModelRequest): Promise<Measured>;
  /** The same as lines. */
  describe(chosen: ChosenModel, request: ModelRequest): Promise<string[]>;
}

export interface ContextOptions extends Omit<SummariesOptions, "app"> {
  /** Of the messages, where somebody remembers them already. */
  size?: Size;
}

export function createContext(app: App, env: Environment, options: ContextOptions = {}): Context {
  const size = options.size ?? remembering();
  const windows = new Windows(app, env);
  const summaries = new ConversationSummaries({ ...options, app });
  const media = new CarriedMedia(app);
  const tell = telling(app);
  const look = async (chosen: ChosenModel, request: ModelRequest, isDescribed = false) => {
    const configuration = (await app.services.need("config")).current();
    const tokens = isDescribed ? undefined : estimate(request, size);
    const window = await windows.of(chosen, configuration, tokens);
    const room = window && roomFor(request, { ...window, provider: chosen.provider.name, size });
    return { room, strategy: configuration.chat.context };
  };
  const measure = async (chosen: ChosenModel, whole: ModelRequest) => {
    const { request } = media.within(whole);
    const { room, strategy } = await look(chosen, request, true);
    const described = { name: nameOf(chosen), strategy, request };
    // The process that runs a model inside the executable tells what it leaves out.
    if (!room || isHosts(chosen, strategy)) return measureContext(described);
    const { messages } = request;
    let summaryToCome = false;
    const summarize = async (count: number) => {
      const known = summaries.known(messages, count);
      summaryToCome = known === undefined;
      return known;
    };
    const fit = await fitContext(messages, { strategy, budget: room.budget, size, summarize });
    return measureContext({ ...described, room, fit, summaryToCome });
  };
  return {
    prepare:
      (chosen, signal = app.signal) =>
      async (whole) => {
        const { request, replaced } = media.within(whole);
        media.tell(replaced);
        const { room, strategy } = await look(chosen, request);
        if (!room || isHosts(chosen, strategy)) return request;
        if (room.messages <= room.budget) return limited(request, room);
        const { messages } = request;
        const order = { chosen, messages, room, signal };
        const summarize = (count: number, tokens: number) => summaries.of(order, count, tokens);
        const fit = await fitContext(messages, { strategy, budget: room.budget, size, summarize });
        return limited(fitted(request, { chosen, room, fit, tell }), room);
      },
    measure,
    describe: async (chosen, request) => contextLines(await measure(chosen, request)),
  };
}

function estimate(request: ModelRequest, size: Size): number {
  return request.messages.reduce((sum, message) => sum + size(message), estimateSurroundings(request));
}

/** The process that runs models leaves out the oldest turns itself, and counts instead of estimating. */
function isHosts({ local }: ChosenModel, strategy: ContextStrategy): boolean {
  return local !== undefined && strategy === "sliding_window";
}

interface Fitted {
  chosen: ChosenModel;
  room: Room;
  fit: Fit;
  tell: (chosen: ChosenModel, room: Room, fit: Fit) => void;
}

/** Throws ProviderError `too_long`. */
function fitted(request: ModelRequest, { chosen, room, fit, tell }: Fitted): ModelRequest {
  if (fit.tooLong !== undefined) {
    // It is the one that counts.
    if (chosen.local) return request;
    const error = tooLongError(nameOf(chosen), room, fit.tooLong);
    if (error) throw error;
  }
  tell(chosen, room, fit);
  return { ...request, messages: fit.messages };
}

/** The first time at length, then when something else is left out than the last time. */
function telling(app: App): Fitted["tell"] {
  let before: string | undefined;
  return (chosen, { window }, fit) => {
    const what = changeIn(fit);
    if (what === "" || what === before) return;
    const name = nameOf(chosen);
    const why = `the conversation is longer than the window of ${name} (${window} tokens)`;
    const shown = app.watches ? "/context shows it" : "mcpchat sessions context shows it";
    if (before === undefined) app.notify("warn", `${why}: ${what}; chat.context says how, ${shown}`);
    else app.notify("info", `${why}: ${what}`);
    before = what;
  };
}

function changeIn({ left, shortened, summarized }: Fit): string {
  const messages = left === 1 ? "1 message is" : `${left} messages are`;
  const summary = summarized ? "summarized" : "left out";
  const results = shortened === 1 ? "1 result of a tool is" : `${shortened} results of tools are`;
  const parts = [left > 0 ? `${messages} ${summary}` : "", shortened > 0 ? `${results} shortened` : ""];
  return parts.filter((part) => part !== "").join(", ");
}

function nameOf({ provider, model }: ChosenModel): string {
  return `${provider.name}/${model}`;
}
