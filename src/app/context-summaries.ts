/** Summaries of the conversation's beginning: asked of the model that will read them, kept with the session. */
import { BlockCollector } from "../chat/collector.ts";
import type { Room } from "../chat/context/room.ts";
import { SUMMARY_SYSTEM, type SummaryShelf, summarize } from "../chat/context/summary.ts";
import { estimateText } from "../chat/context/text-tokens.ts";
import type { AnsweredRequest } from "../chat/events.ts";
import { unreportedUsage } from "../chat/unreported.ts";
import { type Message, NO_USAGE, type Usage } from "../lib/conversation.ts";
import { describeError, LimitError, UserError } from "../lib/errors.ts";
import { ProviderError } from "../llm/errors.ts";
import type { ModelRequest } from "../llm/port.ts";
import type { App } from "./app.ts";
import type { ChosenModel } from "./model.ts";

export interface SummariesOptions {
  app: App;
  /** Told of each request that a summary cost. */
  onAnswered?: (request: AnsweredRequest) => void;
  /** What the request for a summary goes through; throws UserError to keep it from being sent. */
  guard?: (chosen: ChosenModel) => (request: ModelRequest) => Promise<ModelRequest>;
}

export interface SummaryOrder {
  chosen: ChosenModel;
  messages: readonly Message[];
  room: Room;
  signal: AbortSignal;
}

/** Of the window, what a summary may take while it is written: models that think need more than it will have. */
const ANSWER_SHARE = 1 / 4;
const LONGEST_ANSWER = 8192;
/** Estimates are not exact. */
const PROMPT_SHARE = 0.9;

export class ConversationSummaries {
  readonly #options: SummariesOptions;
  /** By the last message that it covers, for what is not stored. */
  readonly #made = new WeakMap<Message, string>();
  /** Where no summary could be had: it is not asked for again before more is left out. */
  readonly #failed = new WeakSet<Message>();

  constructor(options: SummariesOptions) {
    this.#options = options;
  }

  /** What is known already of the first `count` messages. */
  known(messages: readonly Message[], count: number): string | undefined {
    return this.#shelf(messages).get(count);
  }

  /** Undefined when there is none to be had, which the user is told. Throws what ends the turn. */
  async of(order: SummaryOrder, count: number, tokens: number): Promise<string | undefined> {
    const { messages, room, signal } = order;
    const last = messages[count - 1];
    if (!last || this.#failed.has(last)) return undefined;
    const answer = Math.min(LONGEST_ANSWER, Math.floor(room.window * ANSWER_SHARE));
    const prompt = ((room.window - answer) / room.factor) * PROMPT_SHARE - estimateText(SUMMARY_SYSTEM);
    try {
      return await summarize(messages, count, {
        shelf: this.#shelf(messages),
        ask: (text) => this.#ask(text, order, answer),
        tokens,
        promptTokens: Math.floor(prompt),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof UserError) || error instanceof LimitError) throw error;
      this.#failed.add(last);
      const { notify } = this.#options.app;
      notify(
        "warn",
        `the conversation was not summarized, a part is left out instead: ${describeError(error)}`,
      );
      return undefined;
    }
  }

  async #ask(prompt: string, { chosen, signal }: SummaryOrder, maxTokens: number): Promise<string> {
    const { app, guard, onAnswered } = this.#options;
    const { provider, model } = chosen;
    const messages: Message[] = [{ role: "user", blocks: [{ type: "text", text: prompt }] }];
    const wish: ModelRequest = { model, system: SUMMARY_SYSTEM, messages, tools: [], maxTokens };
    app.notify(
      "info",
      `${provider.name}/${model} summarizes the conversation, as it is longer than its window`,
    );
    const request = guard ? await guard(chosen)(wish) : wish;
    const collector = new BlockCollector();
    try {
      for await (const event of provider.stream(request, signal)) {
        collector.add(event);
        if (event.type === "failed") throw event.error;
        if (event.type === "done") return textIn(collector);
      }
    } finally {
      const usage = spentOn(collector, request);
      if (usage) onAnswered?.({ provider: provider.name, model, usage, at: Date.now() });
    }
    throw new Error(`the stream of ${provider.name} ended without a terminal event`);
  }

  #shelf(messages: readonly Message[]): SummaryShelf {
    const summaries = this.#options.app.services.current("session")?.current();
    const id = summaries?.id;
    const stored = new Map(
      id === undefined ? [] : summaries?.summaries.ofSession(id).map((one) => [one.messageId, one.text]),
    );
    return {
      get: (count) => {
        const last = messages[count - 1];
        return last && (stored.get(idOf(last) ?? -1) ?? this.#made.get(last));
      },
      put: (count, text) => {
        const last = messages[count - 1];
        if (!last) return;
        this.#made.set(last, text);
        this.#keep(idOf(last), text);
      },
    };
  }

  /** It saves a request the next time, and nothing else. */
  #keep(messageId: number | undefined, text: string): void {
    if (messageId === undefined) return;
    const { app } = this.#options;
    try {
      app.services.current("session")?.current().summaries.put({ messageId, text });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      app.notify("warn", `the summary of the conversation was not saved: ${describeError(error)}`);
    }
  }
}

/** An estimate where the provider told none; undefined where nothing came. */
function spentOn({ usage, blocks }: BlockCollector, request: ModelRequest): Usage | undefined {
  if (usage !== NO_USAGE) return usage;
  return blocks.length > 0 ? unreportedUsage(request, blocks) : undefined;
}

/** Throws ProviderError when the model has said nothing. */
function textIn({ blocks }: BlockCollector): string {
  const text = blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
  if (text.trim() !== "") return text.trim();
  throw new ProviderError("protocol", "the model said nothing");
}

/** Of a message that is stored. */
function idOf(message: Message): number | undefined {
  return "id" in message && typeof message.id === "number" ? message.id : undefined;
}
