/** One answer of a model: the conversation in, events out. */
import type { ChatModelFunctions, LLamaChatGenerateResponseOptions, LlamaChatResponse } from "node-llama-cpp";
import type { JsonObject } from "../../lib/conversation.ts";
import type { GenerateEvent, GenerateRequest } from "../port.ts";
import { ModelError, problemOf } from "../problem.ts";
import { alignPrompts } from "./alignment.ts";
import type { Engine } from "./engine.ts";
import { functionsFor, withoutNulls } from "./functions.ts";
import { grammarFor, landing } from "./grammar.ts";
import { historyOf } from "./history.ts";
import type { Loaded } from "./loaded.ts";

type Ended = GenerateEvent & { type: "done" | "failed" };
type Emit = (event: GenerateEvent) => void;
type Options = LLamaChatGenerateResponseOptions<ChatModelFunctions>;

export interface Generation {
  request: GenerateRequest;
  emit: Emit;
  signal: AbortSignal;
}

/** Answers, one request of a model after the other. Never throws: what goes wrong is in the event that it ends with. */
export async function generate(engine: Engine, loaded: Loaded, generation: Generation): Promise<Ended> {
  const before = loaded.busy;
  const work = before.then(() => answer(engine, loaded, generation));
  loaded.busy = work;
  return work;
}

async function answer(engine: Engine, loaded: Loaded, generation: Generation): Promise<Ended> {
  const { request, emit, signal } = generation;
  if (signal.aborted) return stopped();
  const { sequence, conversation } = loaded;
  await conversation.open(request.conversation);
  const before = sequence.tokenMeter.getState();
  const alignment = alignPrompts(sequence, () => conversation.spoken, signal);
  const count = { generated: 0 };
  try {
    const options = await optionsFor(engine, loaded, generation, count);
    const history = historyOf(request.system, request.messages);
    const response = await loaded.chat.generateResponse(history, options);
    tellShift(response, emit);
    return ended(response, request, emit);
  } catch (error) {
    return signal.aborted ? stopped() : { type: "failed", problem: explain(error, loaded) };
  } finally {
    alignment.end();
    if (alignment.promptTokens > 0) conversation.said(alignment.promptTokens);
    const { usedOutputTokens: generated } = sequence.tokenMeter.diff(before);
    const { promptTokens, reusedTokens: reused } = alignment;
    emit({ type: "usage", usage: { evaluated: promptTokens - reused, reused, generated } });
  }
}

async function optionsFor(
  engine: Engine,
  { model, sequence }: Loaded,
  { request, emit, signal }: Generation,
  count: { generated: number },
): Promise<Options> {
  const { sampling, maxTokens, stop, schema, tools } = request;
  const room = Math.min(maxTokens ?? Number.POSITIVE_INFINITY, sequence.contextSize / 2);
  const shared = {
    signal,
    ...sampling,
    ...(sampling.temperature !== undefined && sampling.seed === undefined && { seed: randomSeed() }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(stop && stop.length > 0 && { customStopTriggers: stop }),
    onResponseChunk: (chunk: Parameters<NonNullable<Options["onResponseChunk"]>>[0]) => {
      count.generated += chunk.tokens.length;
      if (chunk.text === "") return;
      emit({ type: chunk.type === "segment" ? "thinking" : "text", text: chunk.text });
    },
  };
  if (schema !== undefined) {
    const grammar = await grammarFor(engine, schema);
    const tokenBias = landing(engine, model, () => count.generated, Math.floor(room / 2));
    return { ...shared, grammar, tokenBias };
  }
  return tools.length > 0 ? { ...shared, functions: functionsFor(tools) } : shared;
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

function ended(
  response: LlamaChatResponse<ChatModelFunctions>,
  { tools }: GenerateRequest,
  emit: Emit,
): Ended {
  for (const { functionName, params, raw } of response.functionCalls ?? []) {
    const tool = tools.find(({ name }) => name === functionName);
    emit({
      type: "tool_call",
      id: `call_${crypto.randomUUID().slice(0, 8)}`,
      name: functionName,
      arguments: withoutNulls(params, tool?.inputSchema),
      // Plain JSON, as its name says.
      raw: { raw: raw as unknown as JsonObject },
    });
  }
  const { stopReason } = response.metadata;
  if (stopReason === "functionCalls") return { type: "done", stopReason: "tool_calls" };
  if (stopReason === "abort") return stopped();
  return { type: "done", stopReason: stopReason === "maxTokens" ? "max_tokens" : "end" };
}

/** Not silently: what the model no longer sees, it answers as if it had never been said. */
function tellShift({ lastEvaluation }: LlamaChatResponse<ChatModelFunctions>, emit: Emit): void {
  if (!lastEvaluation.contextShiftMetadata) return;
  const text = "the conversation is longer than the model's context: its oldest part was left out";
  emit({ type: "notice", text: `${text}; raise models.context_size` });
}

function stopped(): Ended {
  return { type: "failed", problem: { code: "aborted", message: "stopped" } };
}

function explain(error: unknown, { about }: Loaded) {
  if (error instanceof ModelError) return error.problem;
  const { message } = problemOf(error);
  // The library has no class for it: it says so in these words where a prompt does not fit however it is cut.
  if (/context size is too small|Failed to compress chat history/i.test(message)) {
    return {
      code: "too_long" as const,
      message: `the conversation does not fit into the model's context of ${about.contextSize} tokens`,
      advice: "raise models.context_size, or send less",
    };
  }
  return { code: "failed" as const, message: `the model could not answer: ${message.split("\n")[0]}` };
}
