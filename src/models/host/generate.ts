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
import { functionsFor, withoutNulls } from "./functions.ts";
import { grammarFor, landing, libraryGrammar } from "./grammar.ts";
import type { Loaded } from "./loaded.ts";
import { fitPrompt } from "./prompt.ts";

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
  if (generation.signal.aborted) return stopped();
  const { promise: aborted, resolve } = Promise.withResolvers<Ended>();
  let begun = false;
  const work = loaded.busy.then(() => {
    begun = true;
    return answer(engine, loaded, generation);
  });
  loaded.busy = work;
  // Whoever waits for others is let go at once; what has begun ends in its own time.
  generation.signal.addEventListener("abort", () => begun || resolve(stopped()), { once: true });
  return Promise.race([work, aborted]);
}

async function answer(engine: Engine, loaded: Loaded, generation: Generation): Promise<Ended> {
  const { request, emit, signal } = generation;
  if (signal.aborted) return stopped();
  const { sequence, conversation, pacer } = loaded;
  await conversation.open(request.conversation);
  const before = sequence.tokenMeter.getState();
  const alignment = alignPrompts(loaded, signal);
  const endPace = pacer?.start();
  const tellUsage = () => {
    const { usedOutputTokens: generated } = sequence.tokenMeter.diff(before);
    const { promptTokens, reusedTokens: reused } = alignment;
    emit({ type: "usage", usage: { evaluated: promptTokens - reused, reused, generated } });
  };
  try {
    return await respond(engine, loaded, { ...generation, emit: withUsage(emit, tellUsage) });
  } catch (error) {
    return signal.aborted ? stopped() : { type: "failed", problem: explain(error) };
  } finally {
    alignment.end();
    endPace?.();
    if (alignment.promptTokens > 0) conversation.said(alignment.promptTokens);
    tellUsage();
  }
}

/** Whoever is cut off, or cuts off, has no time for the last word: they know what they were told until then. */
const USAGE_EVERY_MS = 100;

/** Tells the usage so far with the text: with the first of it, and then from time to time. */
function withUsage(emit: Emit, tellUsage: () => void): Emit {
  let next = 0;
  return (event) => {
    emit(event);
    const now = performance.now();
    if (now < next || (event.type !== "text" && event.type !== "thinking")) return;
    next = now + USAGE_EVERY_MS;
    tellUsage();
  };
}

async function respond(engine: Engine, loaded: Loaded, generation: Generation): Promise<Ended> {
  const { request, emit, signal } = generation;
  const makeGrammar = (schema: JsonObject) => libraryGrammar(engine, schema);
  const functions = request.tools.length > 0 ? await functionsFor(request.tools, makeGrammar) : undefined;
  const { history, tokens } = fitPrompt(loaded, request, functions, emit);
  const full = new AbortController();
  const options: Options = {
    ...(await optionsFor(engine, loaded, generation, { tokens, functions })),
    signal: AbortSignal.any([signal, full.signal]),
    stopOnAbortSignal: true,
    contextShift: { strategy: endWhenFull(full) },
  };
  const response = await untilFull(loaded.chat.generateResponse(history, options), full.signal);
  if (!response) return signal.aborted ? stopped() : { type: "done", stopReason: "max_tokens" };
  for (const call of response.functionCalls ?? []) emit(callEvent(call, request));
  const { stopReason } = response.metadata;
  if (stopReason === "functionCalls") return { type: "done", stopReason: "tool_calls" };
  if (signal.aborted) return stopped();
  const cut = stopReason === "maxTokens" || full.signal.aborted;
  return { type: "done", stopReason: cut ? "max_tokens" : "end" };
}

/** The library would go on with a part of the question cut away; an answer that fills the context ends there. */
function endWhenFull(full: AbortController) {
  return ({ chatHistory }: { chatHistory: readonly ChatHistoryItem[] }) => {
    full.abort();
    return { chatHistory: [...chatHistory] };
  };
}

/** What was said until then has been told: where the library cannot shorten the history, it throws. */
async function untilFull<T>(work: Promise<T>, full: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (full.aborted) return undefined;
    throw error;
  }
}

async function optionsFor(
  engine: Engine,
  loaded: Loaded,
  { request, emit }: Generation,
  { tokens, functions }: { tokens: number; functions: ChatModelFunctions | undefined },
): Promise<Options> {
  const { sampling, maxTokens, stop, schema } = request;
  const generated: Token[] = [];
  const shared = {
    ...sampling,
    ...(sampling.temperature !== undefined && sampling.seed === undefined && { seed: randomSeed() }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(stop && stop.length > 0 && { customStopTriggers: stop }),
    onResponseChunk: (chunk: Parameters<NonNullable<Options["onResponseChunk"]>>[0]) => {
      engine.pacer.generated(chunk.tokens.length);
      if (schema !== undefined) generated.push(...chunk.tokens);
      if (chunk.text === "") return;
      emit({ type: chunk.type === "segment" ? "thinking" : "text", text: chunk.text });
    },
  };
  if (schema === undefined) return { ...shared, ...(functions && { functions }) };
  const room = Math.min(maxTokens ?? Number.POSITIVE_INFINITY, loaded.about.contextSize - tokens);
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
