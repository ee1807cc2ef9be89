/**
 * What a run or a chat spends: each answered request is written down, and what follows is kept within the limits. The
 * price list and the limits are loaded where they are wanted.
 */
import type { Size } from "../chat/context/estimate.ts";
import type { AnsweredRequest } from "../chat/events.ts";
import type { CostLimits } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import { systemClock } from "../lib/clock.ts";
import type { LimitError } from "../lib/errors.ts";
import { Turnstile } from "../lib/turnstile.ts";
import type { ModelRequest } from "../llm/port.ts";
import type { ModelName } from "../pricing/port.ts";
import type { CostReport } from "../pricing/report.ts";
import type { App } from "./app.ts";
import type { Bounded } from "./cost-limits.ts";
import { Ledger } from "./ledger.ts";

/**
 * For one who asks, one request after the other. What a request can cost is held from `prepare` until `spent`, `release`
 * or the next `prepare`, so that requests under way at once cannot spend the same money.
 */
export interface Purse {
  /**
   * The request with its answer limited to what may still be spent; as it is where there is no limit. `fallback` are the
   * models that may answer instead. Throws LimitError when the request could pass a limit, and ConfigurationError
   * when nobody knows whether it would.
   */
  prepare(
    chosen: ModelName,
    fallback?: readonly ModelName[],
  ): (request: ModelRequest) => Promise<ModelRequest>;
  /** Writes down what was answered. Never throws. */
  spent(request: AnsweredRequest): void;
  /** For a request that came to nothing. */
  release(): void;
  /** The limit that the latest answer was cut for, if it was cut for one. */
  cutBy(): LimitError | undefined;
}

/** Itself the purse of the conversation. */
export interface Spending extends Purse {
  /** A purse for who asks at the same time as the conversation does: of the same money. */
  beside(): Purse;
  /**
   * Of all requests of this run or chat, those for summaries and for servers included, in US dollars: 0 where none was
   * allowed to be sent; undefined where the cost of one of them is not known, or where none was answered.
   */
  costOfRun(): Promise<number | undefined>;
  /** Of the conversation of this moment. */
  report(): Promise<CostReport>;
}

export interface SpendingOptions {
  env: Environment;
  /** Milliseconds since the Unix epoch. */
  wall?: () => number;
  /** Of the messages, where somebody remembers them already. */
  size?: () => Promise<Size>;
}

export function createSpending(app: App, options: SpendingOptions): Spending {
  const { env, wall = systemClock.wall } = options;
  const size = options.size ?? remembered();
  const ledger = new Ledger(app);
  const prices = async () => (await import("./prices.ts")).openPrices(app, env);
  const purses = new Purses(ledger, async (models, request, held) => {
    const { limits } = (await app.services.need("config")).current();
    if (!isLimited(limits)) return undefined;
    const { withinLimits } = await import("./cost-limits.ts");
    const [book, sizeOf] = await Promise.all([prices(), size()]);
    return withinLimits({ limits, ledger, book, models, held, now: wall(), size: sizeOf }, request);
  });
  return {
    ...purses.open(),
    beside: () => purses.open(),
    costOfRun: async () => {
      const requests = ledger.ofRun();
      if (requests.length === 0) return purses.letSomethingThrough ? undefined : 0;
      const { costReport } = await import("../pricing/report.ts");
      const { rounded } = await import("../pricing/money.ts");
      const { total } = costReport(requests, await prices());
      return total.unknown > 0 ? undefined : rounded(total.knownUsd);
    },
    report: async () => {
      const { costReport } = await import("../pricing/report.ts");
      return costReport(await ledger.ofSession(), await prices());
    },
  };
}

/** Undefined where there is no limit; `held` is in US dollars. */
type Bound = (
  models: readonly ModelName[],
  request: ModelRequest,
  held: number,
) => Promise<Bounded | undefined>;

class Purses {
  /** Whether a request may have been sent. */
  letSomethingThrough = false;
  /** In US dollars, what each request that is under way can cost. */
  readonly #held = new Map<object, number>();
  /** One looks at what is left at a time. */
  readonly #counting = new Turnstile();
  readonly #ledger: Ledger;
  readonly #bound: Bound;

  constructor(ledger: Ledger, bound: Bound) {
    this.#ledger = ledger;
    this.#bound = bound;
  }

  open(): Purse {
    const own = {};
    const release = () => void this.#held.delete(own);
    let cut: LimitError | undefined;
    const bounded = async (models: readonly ModelName[], request: ModelRequest) => {
      // Looked at first: what is written down meanwhile counts twice for a moment, instead of not at all.
      const held = [...this.#held.values()].reduce((sum, one) => sum + one, 0);
      const found = await this.#bound(models, request, held);
      this.letSomethingThrough = true;
      if (!found) return request;
      this.#held.set(own, found.most);
      cut = found.cut;
      return found.request;
    };
    return {
      prepare:
        (chosen, fallback = []) =>
        (request) => {
          release();
          cut = undefined;
          this.#ledger.locate();
          return this.#counting.pass(() => bounded([chosen, ...fallback], request), NEVER);
        },
      spent: (request) => {
        release();
        this.#ledger.add(request);
      },
      release,
      cutBy: () => cut,
    };
  }
}

/** Counting takes a moment, and nobody has to be called away from it. */
const NEVER = new AbortController().signal;

function remembered(): () => Promise<Size> {
  let size: Promise<Size> | undefined;
  return () => (size ??= import("../chat/context/estimate.ts").then(({ remembering }) => remembering()));
}

function isLimited({ perRun, perSession, perDay }: CostLimits): boolean {
  return [perRun, perSession, perDay].some((limit) => limit !== undefined);
}
