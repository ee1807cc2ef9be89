/** Whether a request fits into what may still be spent, and how long its answer may be. Pure. */
import { NO_USAGE } from "../lib/conversation.ts";
import type { ModelName, PriceBook } from "./port.ts";

/** In US dollars. */
export interface Budget {
  of: "run" | "session" | "day";
  limit: number;
  spent: number;
  /** What requests that are under way can cost. */
  held: number;
}

/** What a request can cost at most, in US dollars. */
export interface Ceiling {
  input: number;
  /** For one token of the answer. */
  outputToken: number;
}

/** Providers take no shorter limit of an answer, and nothing could be said in less. */
export const LEAST_OUTPUT = 16;

/**
 * Of a request of that many tokens: nothing of it may be cached, or all of it may be written to the cache, which costs
 * more. Undefined where the price is not known.
 */
export function ceilingOf(book: PriceBook, name: ModelName, tokens: number, at: number): Ceiling | undefined {
  const cost = (usage: object) => book.cost({ ...name, usage: { ...NO_USAGE, ...usage }, at });
  const input = cost({ input: tokens });
  const written = cost({ cacheWrite: tokens });
  const answered = cost({ input: tokens, output: 1e6 });
  if (input === undefined || written === undefined || answered === undefined) return undefined;
  return { input: Math.max(input, written), outputToken: (answered - input) / 1e6 };
}

/** The dearest of several that may answer. */
export function highest(ceilings: readonly Ceiling[]): Ceiling {
  return {
    input: Math.max(0, ...ceilings.map(({ input }) => input)),
    outputToken: Math.max(0, ...ceilings.map(({ outputToken }) => outputToken)),
  };
}

export function leftOf({ limit, spent, held }: Budget): number {
  return limit - spent - held;
}

/** The budget that has the least left. */
export function tightest(budgets: readonly Budget[]): Budget | undefined {
  return budgets.reduce<Budget | undefined>(
    (least, budget) => (least && leftOf(least) <= leftOf(budget) ? least : budget),
    undefined,
  );
}

/** With an answer of so many tokens, which may be Infinity. */
export function costOf({ input, outputToken }: Ceiling, output: number): number {
  return outputToken === 0 ? input : input + output * outputToken;
}

/** How many tokens an answer may have so that what is left is not passed: Infinity for a gift, below 0 for none. */
export function affordable(left: number, { input, outputToken }: Ceiling): number {
  const rest = left - input;
  if (rest < 0) return -1;
  // A hair more, as sums of fractions are a hair less than they should be.
  return outputToken === 0 ? Number.POSITIVE_INFINITY : Math.floor((rest / outputToken) * (1 + 1e-12));
}
