/** How long a model is to think, in the words that its family knows; and what it does not take while it thinks. */
import type { BetaThinkingConfigParam } from "@anthropic-ai/sdk/resources/beta/messages";
import type { Effort, ModelRequest } from "../port.ts";
import type { Family } from "./families.ts";

export interface Thinking {
  config?: BetaThinkingConfigParam;
  effort?: Exclude<Effort, "off">;
  /** One line for the user, where the model cannot do what was asked. */
  notice?: string;
}

const BUDGETS: Readonly<Record<Exclude<Effort, "off">, number>> = { low: 4096, medium: 12_288, high: 24_576 };
/** The API's least budget, and what is left for the answer where there is room. */
const LEAST = 1024;

/** `maxTokens` limits thought and answer together. */
export function thinkingOf(
  { model, effort }: Pick<ModelRequest, "model" | "effort">,
  family: Family,
  maxTokens: number,
): Thinking {
  if (effort === "off") return notThinking(model, family);
  // Where a thought is bound, text between calls is a thought too: without its text, the user would wait in silence.
  if (effort === undefined) return family.bound ? { config: adaptive(family) } : {};
  if (family.thinking === "adaptive") return { config: adaptive(family), effort };
  if (family.thinking === "none") return { notice: `${model} does not think: thinking is left out` };
  return budgeted(model, effort, maxTokens);
}

function notThinking(model: string, family: Family): Thinking {
  if (family.off === "unsaid") return {};
  if (family.off !== "never") return { config: { type: family.off } };
  const notice = `${model} always thinks: asked to think little`;
  return { config: adaptive(family), effort: "low", notice };
}

function adaptive({ hidden }: Family): BetaThinkingConfigParam {
  return { type: "adaptive", ...(hidden ? { display: "summarized" as const } : {}) };
}

function budgeted(model: string, effort: Exclude<Effort, "off">, maxTokens: number): Thinking {
  const budget = Math.max(LEAST, Math.min(BUDGETS[effort], maxTokens - LEAST));
  if (budget < maxTokens) return { config: { type: "enabled", budget_tokens: budget } };
  return { notice: `${model} cannot think within ${maxTokens} tokens: thinking is left out` };
}

/** Whether the model will think, as far as the request decides it. */
export function isThinking({ config }: Thinking): boolean {
  return config?.type === "adaptive" || config?.type === "enabled";
}

/** The SDK's types have no sampling any more, as the newest models refuse it; others take it. */
export interface SamplingParams {
  temperature?: number;
  top_p?: number;
  top_k?: number;
}

/** The settings of sampling that the model takes, and a line that names the others. 1 is what a model does anyway. */
export function samplingOf(
  { model, temperature, sampling = {} }: Pick<ModelRequest, "model" | "temperature" | "sampling">,
  family: Family,
  thinks: boolean,
): { params: SamplingParams; notice?: string } {
  const { topP, topK } = sampling;
  const wanted: SamplingParams = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
  };
  if (!thinks && family.sampling === "all") return { params: wanted };
  if (!thinks && family.sampling === "one") return temperatureFirst(model, wanted);
  const left = Object.entries(wanted).filter(([, value]) => value !== 1);
  if (left.length === 0) return { params: {} };
  const names = left.map(([name]) => name).join(" and no ");
  const when = family.sampling === "none" ? "" : " while it thinks";
  return { params: {}, notice: `${model} takes no ${names}${when}: left out` };
}

function temperatureFirst(
  model: string,
  wanted: SamplingParams,
): { params: SamplingParams; notice?: string } {
  const { top_p: topP, ...rest } = wanted;
  if (topP === undefined || rest.temperature === undefined) return { params: wanted };
  return { params: rest, notice: `${model} takes no top_p beside a temperature: left out` };
}
