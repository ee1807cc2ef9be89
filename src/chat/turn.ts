/**
 * A turn: the user's message, then model, tools, model, ... until the model has nothing more to call. Every message
 * is in the conversation before the next request leaves, and every failure ends in a result, not in a throw.
 */
import {
  addUsage,
  type Block,
  type JsonObject,
  type Message,
  NO_USAGE,
  textOf,
  type Usage,
} from "../lib/conversation.ts";
import { ExitCode, InterruptedError, LimitError, UserError } from "../lib/errors.ts";
import type { Effort, ModelEvent, ModelRequest, Provider, Sampling, StopReason } from "../llm/port.ts";
import { withoutResult } from "../llm/transcript.ts";
import { BlockCollector } from "./collector.ts";
import { continued } from "./continuation.ts";
import type { AnsweredRequest, TurnResult, TurnSink } from "./events.ts";
import type { Conversation } from "./ports.ts";
import type { Toolbox } from "./toolbox.ts";

export interface TurnOptions {
  /** `model` of it is the one that answers the next request, where another may have taken over. */
  provider: Provider & { readonly model?: string };
  model: string;
  /** Asked for at each step, as the service that holds it may have been restarted. */
  conversation: () => Promise<Conversation>;
  toolbox?: Toolbox;
  sink: TurnSink;
  /** Aborted with an InterruptedError by the user, or with a LimitError by the total time limit. */
  signal: AbortSignal;
  system?: string;
  maxTokens?: number;
  temperature?: number;
  sampling?: Sampling;
  stop?: readonly string[];
  /** The answer is to be JSON of this schema; the provider makes sure of it. */
  schema?: JsonObject;
  /** For a provider that keeps what it has read of the conversation; asked for before each request. */
  state?: () => Promise<ModelRequest["conversation"]>;
  /** Requests that one turn may make. */
  maxRequests: number;
  effort?: Effort;
  /** Told of each request that was answered, before anything else is done. */
  onAnswered?: (request: AnsweredRequest) => void;
  /** Milliseconds since the Unix epoch. */
  wall?: () => number;
}

/** After these no call is run: the answer that it is part of is not what the model meant to say. */
const BROKEN_OFF: ReadonlySet<StopReason> = new Set(["max_tokens", "refusal"]);

type Model = { provider: string; model: string };

/** How one request to the model ended. */
type Reply = { calls: (Block & { type: "tool_call" })[]; stopReason: StopReason } | { error: UserError };

/**
 * Runs a turn for `message`, or goes on from where the conversation stopped when there is none. The text, the usage
 * and the tools of all its requests are in the result, on failure too.
 */
export async function runTurn(message: Message | undefined, options: TurnOptions): Promise<TurnResult> {
  const began = performance.now();
  const result: TurnResult = {
    text: "",
    stopReason: "end",
    usage: NO_USAGE,
    requests: [],
    durationMs: 0,
    tools: [],
    denied: 0,
  };
  try {
    const conversation = await options.conversation();
    const beginning = message ?? unsettled(conversation.messages());
    if (beginning) conversation.append(beginning);
    await converse(options, result, began);
  } catch (error) {
    // A full disk, a session that was removed meanwhile: no fault of this program, and no reason to lose the rest.
    if (!(error instanceof UserError)) throw error;
    fail(result, options.signal.aborted ? abortError(options.signal) : error);
  }
  result.durationMs = Math.round(performance.now() - began);
  return result;
}

/** Results for calls that a crash left without any: what follows them must not look like a part of that answer. */
function unsettled(messages: readonly Message[]): Message | undefined {
  const last = messages.at(-1);
  const calls = last?.role === "assistant" ? callsOf(last.blocks) : [];
  return calls.length === 0 ? undefined : { role: "user", blocks: calls.map(withoutResult) };
}

async function converse(options: TurnOptions, result: TurnResult, began: number): Promise<void> {
  for (let number = 1; ; number++) {
    if (number > options.maxRequests) return fail(result, tooManyRequests(options.maxRequests));
    const reply = await ask(number, options, result, began);
    if ("error" in reply) return fail(result, reply.error);
    result.stopReason = reply.stopReason;
    if (reply.calls.length === 0 || BROKEN_OFF.has(reply.stopReason)) return;
    const error = await runTools(reply.calls, options, result);
    if (error) return fail(result, error);
  }
}

async function ask(number: number, options: TurnOptions, result: TurnResult, began: number): Promise<Reply> {
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

interface Accounted {
  collector: BlockCollector;
  request: ModelRequest;
  /** Whether the answer came to its end. */
  isWhole: boolean;
}

/** Writes down what a request came to. One that brought nothing, and whose provider told no usage, came to nothing. */
async function account(
  by: Model,
  answer: Accounted,
  { onAnswered, wall = Date.now }: TurnOptions,
  result: TurnResult,
): Promise<void> {
  const { usage, blocks } = answer.collector;
  result.usage = addUsage(result.usage, usage);
  if (usage === NO_USAGE && blocks.length === 0) return;
  const answered = { ...by, usage: await spentOn(answer), at: wall() };
  result.requests.push(answered);
  onAnswered?.(answered);
}

async function spentOn({ collector: { usage, blocks }, request, isWhole }: Accounted): Promise<Usage> {
  if (usage !== NO_USAGE && isWhole) return usage;
  const { brokenOffUsage, unreportedUsage } = await import("./unreported.ts");
  const guess = unreportedUsage(request, blocks);
  return usage === NO_USAGE ? guess : brokenOffUsage(usage, guess);
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

async function runTools(
  calls: (Block & { type: "tool_call" })[],
  options: TurnOptions,
  result: TurnResult,
): Promise<UserError | undefined> {
  const { toolbox, conversation, sink, signal } = options;
  const blocks: Block[] = [];
  if (toolbox) {
    const report = await toolbox.run(calls, sink, signal);
    blocks.push(...report.results);
    result.tools.push(...report.records);
    result.denied += report.denied;
  } else {
    for (const { id } of calls) {
      blocks.push({ type: "tool_result", callId: id, content: "There are no tools.", isError: true });
    }
  }
  (await conversation()).append({ role: "user", blocks });
  return signal.aborted ? abortError(signal) : undefined;
}

function callsOf(blocks: readonly Block[]): (Block & { type: "tool_call" })[] {
  return blocks.filter((block) => block.type === "tool_call");
}

function fail(result: TurnResult, error: UserError): void {
  result.error = error;
  result.stopReason =
    error instanceof InterruptedError ? "interrupted" : error.exitCode === ExitCode.limit ? "limit" : "error";
}

function tooManyRequests(limit: number): LimitError {
  return new LimitError(
    `the turn took more than ${limit} ${limit === 1 ? "request" : "requests"} to the model`,
    "max_turns",
    "raise it with --max-turns or chat.max_turns",
  );
}

function abortError(signal: AbortSignal): UserError {
  return signal.reason instanceof UserError ? signal.reason : new InterruptedError();
}
