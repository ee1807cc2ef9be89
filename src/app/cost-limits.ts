/** Keeps a request within the limits of cost: before it is sent, by an estimate that is rather too high. */
import { estimateMessage, estimateSurroundings, type Size } from "../chat/context/estimate.ts";
import type { CostLimits } from "../config/configuration.ts";
import { keyPath } from "../config/problem.ts";
import { ConfigurationError, LimitError } from "../lib/errors.ts";
import type { ModelRequest } from "../llm/port.ts";
import {
  affordable,
  type Budget,
  type Ceiling,
  ceilingOf,
  costOf,
  highest,
  LEAST_OUTPUT,
  leftOf,
  tightest,
} from "../pricing/budget.ts";
import { midnightBefore } from "../pricing/days.ts";
import { dollars } from "../pricing/money.ts";
import type { ModelName, PriceBook, Spent } from "../pricing/port.ts";

/** What was spent so far. */
export interface Spendings {
  ofRun(): readonly Spent[];
  ofSession(): Promise<readonly Spent[]>;
  /** Milliseconds since the Unix epoch. */
  since(moment: number): Promise<readonly Spent[]>;
}

export interface Limited {
  limits: CostLimits;
  ledger: Spendings;
  book: PriceBook;
  /** Those of which one will answer. */
  models: readonly ModelName[];
  /** In US dollars, what other requests that are under way can cost; 0 when absent. */
  held?: number;
  /** Milliseconds since the Unix epoch. */
  now: number;
  size?: Size;
}

export interface Bounded {
  request: ModelRequest;
  /** Why its answer may be cut, where it is shorter than it would be. */
  cut: LimitError | undefined;
  /** What it can cost at most, in US dollars. */
  most: number;
}

/**
 * The request with the length of its answer limited to what may still be spent. Throws LimitError when it could pass a
 * limit with the shortest answer, and ConfigurationError when a price that is needed is not known.
 */
export async function withinLimits(limited: Limited, request: ModelRequest): Promise<Bounded> {
  const { book, models, now, size = estimateMessage } = limited;
  const tokens = request.messages.reduce(
    (sum, message) => sum + size(message),
    estimateSurroundings(request),
  );
  const ceiling = highest(models.map((model) => ceilingOf(book, model, tokens, now) ?? unpriced(model)));
  if (ceiling.input === 0 && ceiling.outputToken === 0) return { request, cut: undefined, most: 0 };
  const budget = tightest(await budgetsOf(limited));
  const wanted = request.maxTokens ?? longest(book, models);
  if (!budget) return { request, cut: undefined, most: costOf(ceiling, wanted) };
  const output = affordable(leftOf(budget), ceiling);
  if (output < LEAST_OUTPUT) throw passed(budget, ceiling);
  if (wanted <= output) return { request, cut: undefined, most: costOf(ceiling, wanted) };
  const maxTokens = Math.min(output, request.maxTokens ?? taken(book, models));
  return {
    request: { ...request, maxTokens },
    cut: cutShort(budget, maxTokens),
    most: costOf(ceiling, maxTokens),
  };
}

/** What every model takes as a limit of its answer, whose own limit is not known. */
const SAFE_OUTPUT = 16_384;

/** The longest answer of all that may answer. */
function longest(book: PriceBook, models: readonly ModelName[]): number {
  const outputs = models.map(({ provider, model }) => {
    const { maxOutput, contextWindow } = book.facts(provider, model);
    return maxOutput ?? contextWindow ?? Number.POSITIVE_INFINITY;
  });
  return Math.max(...outputs);
}

/** The limit of an answer that all of them take: providers refuse more than a model can say. */
function taken(book: PriceBook, models: readonly ModelName[]): number {
  return Math.min(
    ...models.map(({ provider, model }) => book.facts(provider, model).maxOutput ?? SAFE_OUTPUT),
  );
}

async function budgetsOf({ limits, ledger, book, held = 0, now }: Limited): Promise<Budget[]> {
  const { perRun, perSession, perDay } = limits;
  const spent = (entries: readonly Spent[]) => entries.reduce((sum, one) => sum + known(book, one), 0);
  const budgets: Budget[] = [];
  if (perRun !== undefined) budgets.push({ of: "run", held, limit: perRun, spent: spent(ledger.ofRun()) });
  if (perSession !== undefined) {
    budgets.push({ of: "session", held, limit: perSession, spent: spent(await ledger.ofSession()) });
  }
  if (perDay !== undefined) {
    budgets.push({ of: "day", held, limit: perDay, spent: spent(await ledger.since(midnightBefore(now))) });
  }
  return budgets;
}

/** Where the provider did not count, the estimate counts; a price that is not known is not nothing. */
function known(book: PriceBook, spent: Spent): number {
  return book.cost(spent) ?? book.ceiling(spent) ?? unpriced(spent);
}

function unpriced({ provider, model }: ModelName): never {
  const key = keyPath(["models", "settings", `${provider}/${model}`]);
  throw new ConfigurationError(
    `nobody knows what ${provider}/${model} costs, so that no limit of cost can be kept`,
    `set input_price and output_price in [${key}], in dollars for a million tokens, or take the limit away`,
  );
}

const WHAT = { run: "this run", session: "this session", day: "today" } as const;
const ADVICE = {
  run: "raise it with --max-cost or limits.per_run",
  session: "raise limits.per_session, or begin another session",
  day: "raise limits.per_day, or go on tomorrow",
} as const;

function passed({ of, limit, spent, held }: Budget, ceiling: Ceiling): LimitError {
  const next = dollars(costOf(ceiling, LEAST_OUTPUT));
  const soFar = spent === 0 ? "" : `${WHAT[of]} has cost ${dollars(spent)}, and `;
  const meanwhile = held === 0 ? "" : `what is asked at this moment could cost ${dollars(held)}, and `;
  return new LimitError(
    `${soFar}${meanwhile}the next request could cost ${next}: it could pass the limit of ${dollars(limit)} for ${WHAT[of]}`,
    "max_cost",
    ADVICE[of],
  );
}

function cutShort({ of, limit, spent }: Budget, tokens: number): LimitError {
  const soFar = spent === 0 ? "" : `, of which ${dollars(spent)} was spent before`;
  return new LimitError(
    `the answer was cut at ${tokens} tokens: more could pass the limit of ${dollars(limit)} for ${WHAT[of]}${soFar}`,
    "max_cost",
    ADVICE[of],
  );
}
