/**
 * A turn: the user's message, then model, tools, model, ... until the model has nothing more to call. Every message
 * is in the conversation before the next request leaves, and every failure ends in a result, not in a throw.
 */
import { type Block, type Message, NO_USAGE } from "../lib/conversation.ts";
import { ExitCode, InterruptedError, LimitError, UserError } from "../lib/errors.ts";
import type { StopReason } from "../llm/port.ts";
import { withoutResult } from "../llm/transcript.ts";
import type { TurnResult } from "./events.ts";
import { abortError, ask, callsOf } from "./reply.ts";
import type { TurnOptions } from "./turn-options.ts";

/** After these no call is run: the answer that it is part of is not what the model meant to say. */
const BROKEN_OFF: ReadonlySet<StopReason> = new Set(["max_tokens", "refusal"]);

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
