/** One request of a turn and its answer: stored as it grows, told as it comes, accounted for at its end. */
import { type Block, type Message, textOf } from "../lib/conversation.ts";
import { InterruptedError, UserError } from "../lib/errors.ts";
import type { ModelEvent, ModelRequest, StopReason } from "../llm/port.ts";
import { account } from "./account.ts";
import { BlockCollector } from "./collector.ts";
import { continued } from "./continuation.ts";
import type { TurnResult, TurnSink } from "./events.ts";
import type { TurnOptions } from "./turn-options.ts";

type Model = { provider: string; model: string };

/** How one request to the model ended. */
type Reply = { calls: (Block & { type: "tool_call" })[]; stopReason: StopReason } | { error: UserError };

/** Makes the `number`-th request of a turn that `began` at that time of `performance.now()`. */
export async function ask(
  number: number,
  options: TurnOptions,
  result: TurnResult,
  began: number,
): Promise<Reply> {
  const { provider, sink, signal } = options;
  if (signal.aborted) return { error: abortError(signal) };
  const messages = (await options.conversation()).messages();
  const request = await requestFor(messages, options);
  let by: Model = { provider: provider.name, model: provider.model ?? options.model };
  result.by = by;
  await sink({ type: "request", number, ...by });
  // Asked for anew: the session may have been restarted while the sink was busy.
  let answer = (await options.conversation()).beginAnswer(by);
  const collector = new BlockCollector();
  const heard = { text: false };
  const end = (isWhole: boolean) => account(by, { collector, request, isWhole }, options, result);
  for await (const event of goingOnWith(messages, provider.stream(request, signal), result)) {
    if (collector.add(event)) answer.update(collector.blocks);
    if (event.type === "text" && event.text !== "") {
      result.ttftMs ??= Math.round(performance.now() - began);
      await hear(event.text, heard, result, sink);
    } else await forward(event, by, sink);
    if (event.type === "fallback") {
      // Nothing came of the one before, so nothing is stored of it.
      answer.fail([]);
      by = replaced(by, event, result);
      answer = (await options.conversation()).beginAnswer(by);
    }
    if (event.type === "done") {
      answer.complete(collector.blocks, collector.usage);
      await end(true);
      await sink({ type: "usage", usage: collector.usage });
      return { calls: callsOf(collector.blocks), stopReason: event.stopReason };
    }
    if (event.type === "failed") {
      answer.fail(collector.blocks, collector.usage);
      await end(false);
      return { error: signal.aborted ? abortError(signal) : event.error };
    }
  }
  throw new Error(`the stream of ${provider.name} ended without a terminal event`);
}

/** An answer, joined to what was said before where it goes on with an answer that broke off. */
function goingOnWith(
  messages: readonly Message[],
  stream: AsyncIterable<ModelEvent>,
  result: TurnResult,
): AsyncIterable<ModelEvent> {
  const lastQuestion = messages.findLastIndex(({ role }) => role === "user");
  const before = messages
    .slice(lastQuestion + 1)
    .map(textOf)
    .join("");
  if (before === "") return stream;
  result.before ??= before;
  return continued(before, stream);
}

/** Notes that another model answers; returns which. */
function replaced(
  { provider, model }: Model,
  event: Extract<ModelEvent, { type: "fallback" }>,
  result: TurnResult,
): Model {
  const to = `${event.provider}/${event.model}`;
  const fallback = { from: `${provider}/${model}`, to, reason: event.error.message };
  result.fallbacks = [...(result.fallbacks ?? []), fallback];
  result.by = { provider: event.provider, model: event.model };
  return result.by;
}

async function requestFor(messages: readonly Message[], options: TurnOptions): Promise<ModelRequest> {
  const { model, toolbox, system, maxTokens, temperature, sampling, stop, schema, effort } = options;
  const conversation = await options.state?.();
  return {
    model,
    messages,
    tools: toolbox?.definitions() ?? [],
    ...(system !== undefined && { system }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(sampling && { sampling }),
    ...(stop && { stop }),
    ...(schema && { schema }),
    ...(effort && { effort }),
    ...(conversation && { conversation }),
  };
}

/** The first text of a later answer is parted from what was said before the tools by a blank line. */
async function hear(
  text: string,
  heard: { text: boolean },
  result: TurnResult,
  sink: TurnSink,
): Promise<void> {
  const gap = heard.text || result.text === "" ? "" : "\n\n".slice(countTrailingNewlines(result.text));
  heard.text = true;
  result.text += gap + text;
  await sink({ type: "text", text: gap + text });
}

function countTrailingNewlines(text: string): number {
  return text.length - text.replace(/\n{1,2}$/, "").length;
}

async function forward(event: ModelEvent, by: Model, sink: TurnSink): Promise<void> {
  if (event.type === "fallback") {
    const { type, provider, model, error } = event;
    await sink({ type, from: `${by.provider}/${by.model}`, provider, model, reason: error.message });
  }
  if (event.type === "thinking" && event.text !== "") await sink({ type: "thinking", text: event.text });
  if (event.type === "progress" || event.type === "notice") await sink(event);
  if (event.type === "retry") {
    await sink({
      type: "retry",
      attempt: event.attempt,
      delayMs: event.delayMs,
      reason: event.error.message,
    });
  }
}

export function callsOf(blocks: readonly Block[]): (Block & { type: "tool_call" })[] {
  return blocks.filter((block) => block.type === "tool_call");
}

/** Why a turn was stopped. */
export function abortError(signal: AbortSignal): UserError {
  return signal.reason instanceof UserError ? signal.reason : new InterruptedError();
}
