/** Keeps a request within the limits of cost: before it is sent, by an estimate that is rather too high. */
import { estimateMessage, estimateSurroundings } from "../chat/context/estimate.ts";
import type { CostLimits } from "../config/configuration.ts";
import { keyPath } from "../config/problem.ts";
import { ConfigurationError, LimitError } from "../lib/errors.ts";
import type { ModelRequest } from "../llm/port.ts";
import {
  affordable,
  type Budget,
  type Ceiling,
  ceilingOf,
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
  /** Milliseconds since the Unix epoch. */
  now: number;
}

export interface Bounded {
  request: ModelRequest;
  /** Why its answer may be cut, where it is shorter than it would be. */
  cut: LimitError | undefined;
}

/**
 * The request with the length of its answer limited to what may still be spent. Throws LimitError when it could pass a
 * limit with the shortest answer, and ConfigurationError when a price that is needed is not known.
 */
export async function withinLimits(limited: Limited, request: ModelRequest): Promise<Bounded> {
  const { book, models, now } = limited;
  const tokens = request.messages.reduce(
    (sum, message) => sum + estimateMessage(message),
    estimateSurroundings(request),
  );
  const ceiling = highest(models.map((model) => ceilingOf(book, model, tokens, now) ?? unpriced(model)));
  if (ceiling.input === 0 && ceiling.outputToken === 0) return { request, cut: undefined };
  const budget = tightest(await budgetsOf(limited));
  if (!budget) return { request, cut: undefined };
  const most = affordable(leftOf(budget), ceiling);
  if (most < LEAST_OUTPUT) throw passed(budget, ceiling);
  const wanted = request.maxTokens ?? longest(book, models);
  if (wanted <= most) return { request, cut: undefined };
  const maxTokens = Math.min(most, request.maxTokens ?? taken(book, models));
  return { request: { ...request, maxTokens }, cut: cutShort(budget, maxTokens) };
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

async function budgetsOf({ limits, ledger, book, now }: Limited): Promise<Budget[]> {
  const { perRun, perSession, perDay } = limits;
  const spent = (entries: readonly Spent[]) => entries.reduce((sum, one) => sum + known(book, one), 0);
  const budgets: Budget[] = [];
  if (perRun !== undefined) budgets.push({ of: "run", limit: perRun, spent: spent(ledger.ofRun()) });
  if (perSession !== undefined) {
    budgets.push({ of: "session", limit: perSession, spent: spent(await ledger.ofSession()) });
  }
  if (perDay !== undefined) {
    budgets.push({ of: "day", limit: perDay, spent: spent(await ledger.since(midnightBefore(now))) });
  }
  return budgets;
}

/** What is not known is not nothing: it would let a limit be passed. */
function known(book: PriceBook, spent: Spent): number {
  return book.cost(spent) ?? unpriced(spent);
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

function passed({ of, limit, spent }: Budget, { input, outputToken }: Ceiling): LimitError {
  const next = dollars(input + LEAST_OUTPUT * outputToken);
  const soFar = spent === 0 ? "" : `${WHAT[of]} has cost ${dollars(spent)}, and `;
  return new LimitError(
    `${soFar}the next request could cost ${next}: it could pass the limit of ${dollars(limit)} for ${WHAT[of]}`,
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
