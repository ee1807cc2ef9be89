/** One answer of a model: the conversation in, events out. */
import type {
  ChatHistoryItem,
  ChatModelFunctions,
  LLamaChatGenerateResponseOptions,
  LlamaChatResponse,
  Token,
} from "node-llama-cpp";
import type { JsonObject } from "../../lib/conversation.ts";
import type { GenerateEvent, GenerateRequest } from "../port.ts";
import { ModelError, type ModelProblem, problemOf } from "../problem.ts";
import { alignPrompts } from "./alignment.ts";
import type { Engine } from "./engine.ts";
import { fitHistory } from "./fit.ts";
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
  const { sequence, conversation, pacer } = loaded;
  await conversation.open(request.conversation);
  const before = sequence.tokenMeter.getState();
  const alignment = alignPrompts(sequence, () => conversation.spoken, signal);
  const endPace = pacer?.start();
  try {
    return await respond(engine, loaded, generation);
  } catch (error) {
    return signal.aborted ? stopped() : { type: "failed", problem: explain(error) };
  } finally {
    alignment.end();
    endPace?.();
    if (alignment.promptTokens > 0) conversation.said(alignment.promptTokens);
    const { usedOutputTokens: generated } = sequence.tokenMeter.diff(before);
    const { promptTokens, reusedTokens: reused } = alignment;
    emit({ type: "usage", usage: { evaluated: promptTokens - reused, reused, generated } });
  }
}

async function respond(engine: Engine, loaded: Loaded, generation: Generation): Promise<Ended> {
  const { request, emit, signal } = generation;
  const functions = request.tools.length > 0 ? functionsFor(request.tools) : undefined;
  const history = fitted(loaded, generation, functions);
  const full = new AbortController();
  const options: Options = {
    ...(await optionsFor(engine, loaded, generation, functions)),
    signal: AbortSignal.any([signal, full.signal]),
    stopOnAbortSignal: true,
    contextShift: { strategy: endWhenFull(full) },
  };
  const response = await loaded.chat.generateResponse(history, options);
  for (const call of response.functionCalls ?? []) emit(callEvent(call, request));
  const { stopReason } = response.metadata;
  if (stopReason === "functionCalls") return { type: "done", stopReason: "tool_calls" };
  if (signal.aborted) return stopped();
  const cut = stopReason === "maxTokens" || full.signal.aborted;
  return { type: "done", stopReason: cut ? "max_tokens" : "end" };
}

/** The history as far as it fits. Throws ModelError `too_long`. */
function fitted(
  { chat, model, conversation, about: { contextSize } }: Loaded,
  { request, emit }: Generation,
  availableFunctions: ChatModelFunctions | undefined,
): ChatHistoryItem[] {
  const { system, messages, maxTokens } = request;
  const count = (chatHistory: readonly ChatHistoryItem[]) =>
    chat.chatWrapper
      .generateContextState({ chatHistory, ...(availableFunctions && { availableFunctions }) })
      .contextText.tokenize(model.tokenizer).length;
  const fit = fitHistory(historyOf(system, messages), {
    contextSize,
    dropped: conversation.dropped,
    count,
    ...(maxTokens !== undefined && { answer: maxTokens }),
  });
  if (!fit) {
    throw new ModelError({
      code: "too_long",
      message: `what is to be sent does not fit into the model's context of ${contextSize} tokens`,
      advice: "raise models.context_size, or send less",
    });
  }
  // Not silently: what the model no longer sees, it answers as if it had never been said.
  if (fit.dropped > conversation.dropped) emit({ type: "notice", text: LEFT_OUT });
  conversation.dropped = fit.dropped;
  return fit.history;
}

const LEFT_OUT =
  "the conversation is longer than the model's context: its oldest part is left out; raise models.context_size";

/** The library would go on with a part of the question cut away; an answer that fills the context ends there. */
function endWhenFull(full: AbortController) {
  return ({ chatHistory }: { chatHistory: readonly ChatHistoryItem[] }) => {
    full.abort();
    return { chatHistory: [...chatHistory] };
  };
}

async function optionsFor(
  engine: Engine,
  loaded: Loaded,
  { request, emit }: Generation,
  functions: ChatModelFunctions | undefined,
): Promise<Options> {
  const { sampling, maxTokens, stop, schema } = request;
  const generated: Token[] = [];
  const shared = {
    ...sampling,
    ...(sampling.temperature !== undefined && sampling.seed === undefined && { seed: randomSeed() }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(stop && stop.length > 0 && { customStopTriggers: stop }),
    onResponseChunk: (chunk: Parameters<NonNullable<Options["onResponseChunk"]>>[0]) => {
      if (schema !== undefined) generated.push(...chunk.tokens);
      if (chunk.text === "") return;
      emit({ type: chunk.type === "segment" ? "thinking" : "text", text: chunk.text });
    },
  };
  if (schema === undefined) return { ...shared, ...(functions && { functions }) };
  const room = Math.min(maxTokens ?? Number.POSITIVE_INFINITY, loaded.about.contextSize * 0.75);
  const grammar = await grammarFor(engine, schema);
  return { ...shared, grammar, tokenBias: landing(engine, loaded, generated, Math.floor(room / 2)) };
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

type Call = NonNullable<LlamaChatResponse<ChatModelFunctions>["functionCalls"]>[number];

function callEvent({ functionName: name, params, raw }: Call, { tools }: GenerateRequest): GenerateEvent {
  const tool = tools.find((one) => one.name === name);
  return {
    type: "tool_call",
    id: `call_${crypto.randomUUID().slice(0, 8)}`,
    name,
    arguments: withoutNulls(params, tool?.inputSchema),
    // Plain JSON, as its name says.
    raw: { raw: raw as unknown as JsonObject },
  };
}

function stopped(): Ended {
  return { type: "failed", problem: { code: "aborted", message: "stopped" } };
}

function explain(error: unknown): ModelProblem {
  if (error instanceof ModelError) return error.problem;
  const { message } = problemOf(error);
  return { code: "failed", message: `the model could not answer: ${message.split("\n")[0]}` };
}
