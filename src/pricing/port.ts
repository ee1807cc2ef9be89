/** What is known of models beside their answers: how much they can hold, and what they cost. */
import type { Usage } from "../lib/conversation.ts";

/** A model by the name of its provider and its own. */
export interface ModelName {
  provider: string;
  model: string;
}

export interface ModelFacts {
  /** Tokens of a request and its answer together. */
  contextWindow?: number;
  /** Tokens of one answer. */
  maxOutput?: number;
}

/** A request that was answered. */
export interface Spent extends ModelName {
  usage: Usage;
  /** Milliseconds since the Unix epoch: prices change. */
  at: number;
}

export interface PriceBook {
  facts(provider: string, model: string): ModelFacts;
  /** In US dollars: what the provider said itself, else by the prices; undefined where they are not known. */
  cost(spent: Spent): number | undefined;
  /** The same, of what is only estimated too: what limits count with. */
  ceiling(spent: Spent): number | undefined;
}
