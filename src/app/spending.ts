/**
 * What a run or a chat spends: each answered request is written down, and what follows is kept within the limits. The
 * price list and the limits are loaded where they are wanted.
 */
import type { AnsweredRequest } from "../chat/events.ts";
import type { CostLimits } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import { systemClock } from "../lib/clock.ts";
import type { LimitError } from "../lib/errors.ts";
import type { ModelRequest } from "../llm/port.ts";
import type { ModelName, Spent } from "../pricing/port.ts";
import type { CostReport } from "../pricing/report.ts";
import type { App } from "./app.ts";
import { Ledger } from "./ledger.ts";

export interface Spending {
  /** Writes down what was answered. Never throws. */
  spent(request: AnsweredRequest): void;
  /** In US dollars; undefined where the cost of one of them is not known, or where there was none. */
  costOf(requests: readonly Spent[]): Promise<number | undefined>;
  /**
   * The request with its answer limited to what may still be spent; as it is where there is no limit. `fallback` are the
   * models that may answer instead. Throws LimitError when the request could pass a limit, and ConfigurationError
   * when nobody knows whether it would.
   */
  prepare(
    chosen: ModelName,
    fallback?: readonly ModelName[],
  ): (request: ModelRequest) => Promise<ModelRequest>;
  /** The limit that the latest answer was cut for, if it was cut for one. */
  cutBy(): LimitError | undefined;
  /** Of the conversation of this moment. */
  report(): Promise<CostReport>;
}

export interface SpendingOptions {
  env: Environment;
  /** Milliseconds since the Unix epoch. */
  wall?: () => number;
}

export function createSpending(app: App, { env, wall = systemClock.wall }: SpendingOptions): Spending {
  const ledger = new Ledger(app);
  const prices = async () => (await import("./prices.ts")).openPrices(app, env);
  let cut: LimitError | undefined;
  return {
    spent: (request) => ledger.add(request),
    costOf: async (requests) => {
      if (requests.length === 0) return undefined;
      const { costReport } = await import("../pricing/report.ts");
      const { rounded } = await import("../pricing/money.ts");
      const { total } = costReport(requests, await prices());
      return total.unknown > 0 ? undefined : rounded(total.knownUsd);
    },
    prepare:
      (chosen, fallback = []) =>
      async (request) => {
        cut = undefined;
        ledger.locate();
        const { limits } = (await app.services.need("config")).current();
        if (!isLimited(limits)) return request;
        const { withinLimits } = await import("./cost-limits.ts");
        const models = [chosen, ...fallback];
        const bounded = await withinLimits(
          { limits, ledger, book: await prices(), models, now: wall() },
          request,
        );
        cut = bounded.cut;
        return bounded.request;
      },
    cutBy: () => cut,
    report: async () => {
      const { costReport } = await import("../pricing/report.ts");
      return costReport(await ledger.ofSession(), await prices());
    },
  };
}

function isLimited({ perRun, perSession, perDay }: CostLimits): boolean {
  return [perRun, perSession, perDay].some((limit) => limit !== undefined);
}
