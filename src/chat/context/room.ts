/** How much of a model's window there is for the messages of a request. Pure. */
import type { ModelRequest } from "../../llm/port.ts";
import type { ModelFacts } from "../../pricing/port.ts";
import { calibrate } from "./calibrate.ts";
import { estimateSurroundings, type Size } from "./estimate.ts";

export interface RoomOptions {
  provider: string;
  facts: ModelFacts & { contextWindow: number };
  /** Tokens that the provider is sent as the limit of an answer, when nobody chose one; it has to have room for them. */
  mostReserved?: number;
  size: Size;
}

/** Tokens; `window` and `reserve` as the provider counts, the others as estimated here. */
export interface Room {
  window: number;
  /** Kept for the answer. */
  reserve: number;
  /** What has to be sent as the limit of the answer, as the one that would be sent is too much for the window. */
  limit?: number;
  /** What to multiply estimates with. */
  factor: number;
  /** System prompt, tools and schema. */
  surroundings: number;
  /** All messages. */
  messages: number;
  /** What the messages may have; less than 0 where the rest alone is too much. */
  budget: number;
}

const USUAL_ANSWER = 8192;
/** Of the window, what is kept for an answer at most. */
const ANSWER_SHARE = 1 / 3;
/** Of a window whose answers are not known to be longer. */
const USUAL_SHARE = 1 / 4;

export function roomFor(request: ModelRequest, options: RoomOptions): Room {
  const { provider, facts, size } = options;
  const window = facts.contextWindow;
  const reserve = reserveFor(request, options);
  const surroundings = estimateSurroundings(request);
  const messages = request.messages.reduce((sum, message) => sum + size(message), 0);
  const whole = window - reserve;
  const known = { provider, model: request.model, size, surroundings, whole };
  const factor = calibrate(request.messages, known);
  return {
    window,
    reserve,
    ...(isTooMuch(request, options) && { limit: reserve }),
    factor,
    surroundings,
    messages,
    budget: Math.floor(whole / factor) - surroundings,
  };
}

function reserveFor({ maxTokens }: ModelRequest, { facts, mostReserved }: RoomOptions): number {
  const { contextWindow, maxOutput } = facts;
  if (maxTokens !== undefined) return Math.min(maxTokens, Math.floor(contextWindow / 2));
  if (maxOutput === undefined && mostReserved === undefined)
    return Math.min(USUAL_ANSWER, Math.floor(contextWindow * USUAL_SHARE));
  const most = Math.min(maxOutput ?? Number.POSITIVE_INFINITY, mostReserved ?? Number.POSITIVE_INFINITY);
  return Math.min(most, Math.floor(contextWindow * ANSWER_SHARE));
}

function isTooMuch({ maxTokens }: ModelRequest, { facts, mostReserved = 0 }: RoomOptions): boolean {
  return maxTokens === undefined && mostReserved > facts.contextWindow * ANSWER_SHARE;
}

/** The request with the limit that its answer has to have, if it has to have one. */
export function limited(request: ModelRequest, { limit }: Room): ModelRequest {
  return limit === undefined ? request : { ...request, maxTokens: limit };
}
