/** The limits of cost, without a tree: a price list of two models, and what was spent is said by the test. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Bounded, type Limited, withinLimits } from "../../src/app/cost-limits.ts";
import { estimateMessage } from "../../src/chat/context/estimate.ts";
import { ConfigurationError, LimitError } from "../../src/lib/errors.ts";
import type { ModelRequest } from "../../src/llm/port.ts";
import type { PriceBook, Spent } from "../../src/pricing/port.ts";

/** In dollars for a million tokens: input, written to the cache, output. */
const PRICES: Record<string, [number, number, number]> = {
  cheap: [1, 1, 10],
  dear: [3, 3.75, 15],
  gift: [0, 0, 0],
};
const LONGEST: Record<string, number> = { cheap: 100_000, dear: 50_000 };

function cost({ model, usage }: Spent): number | undefined {
  const prices = PRICES[model];
  if (!prices) return undefined;
  return (usage.input * prices[0] + usage.cacheWrite * prices[1] + usage.output * prices[2]) / 1e6;
}

const book: PriceBook = {
  facts: (_, model) => (LONGEST[model] === undefined ? {} : { maxOutput: LONGEST[model] }),
  cost: (spent) => (spent.usage.estimated ? undefined : cost(spent)),
  ceiling: cost,
};

const request: ModelRequest = {
  model: "cheap",
  messages: [{ role: "user", blocks: [{ type: "text", text: "a question of some words" }] }],
  tools: [],
};

/** What was spent at a moment by an answer of that many dollars. */
const paid = (dollars: number, at = 0, model = "cheap"): Spent => ({
  provider: "p",
  model,
  at,
  usage: { input: 0, output: dollars * 1e5, cacheRead: 0, cacheWrite: 0 },
});

interface Situation extends Pick<Limited, "held" | "size"> {
  limits: Limited["limits"];
  run?: Spent[];
  session?: Spent[];
  day?: Spent[];
  models?: string[];
  now?: number;
}

function bounded(situation: Situation, wish: Partial<ModelRequest> = {}): Promise<Bounded> {
  const { limits, run = [], session = [], day = [], models = ["cheap"], now = 0, held, size } = situation;
  const ledger = {
    ofRun: () => run,
    ofSession: async () => session,
    since: async (moment: number) => day.filter(({ at }) => at >= moment),
  };
  const names = models.map((model) => ({ provider: "p", model }));
  const more = { ...(held !== undefined && { held }), ...(size && { size }) };
  return withinLimits({ limits, ledger, book, models: names, now, ...more }, { ...request, ...wish });
}

const refused = (situation: Situation, wish?: Partial<ModelRequest>) =>
  bounded(situation, wish).then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a limit", () => {
  test("that is far away changes nothing", async () => {
    const { most, ...same } = await bounded({ limits: { perRun: 100 } });
    expect(same).toEqual({ request, cut: undefined });
    expect(most).toBeCloseTo(1, 4);
    expect((await bounded({ limits: { perRun: 1 } }, { maxTokens: 50 })).request.maxTokens).toBe(50);
  });

  test("that is near shortens the answer, and says why", async () => {
    const { request: sent, cut } = await bounded({ limits: { perRun: 0.5 }, run: [paid(0.4)] });
    expect(sent.maxTokens).toBeLessThan(10_000);
    expect(sent.maxTokens).toBeGreaterThan(9990);
    expect(cut).toBeInstanceOf(LimitError);
    expect(cut?.code).toBe("max_cost");
    expect(cut?.message).toBe(
      `the answer was cut at ${sent.maxTokens} tokens: more could pass the limit of $0.5 for this run, of which $0.4 was spent before`,
    );
  });

  test.each([
    [{ limits: { perRun: 0.5 }, run: [paid(0.4999)] }, "this run has cost $0.5", "--max-cost"],
    [
      { limits: { perSession: 2 }, session: [paid(1.5), paid(0.6)] },
      "this session has cost $2.10",
      "another session",
    ],
    [{ limits: { perDay: 1 }, day: [paid(1)] }, "today has cost $1.00", "tomorrow"],
  ])("that would be passed refuses: %j", async (situation, message, advice) => {
    const error = await refused(situation);
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ code: "max_cost", exitCode: 8 });
    expect((error as LimitError).message).toContain(message);
    expect((error as LimitError).advice).toContain(advice);
  });

  test("that the very first request could pass refuses it", async () => {
    const error = await refused({ limits: { perRun: 0.0001 } });
    expect((error as LimitError).message).toMatch(/^the next request could cost \$0\.000\d+: it could pass/);
  });

  test("counts the tightest of several", async () => {
    const limits = { perRun: 10, perSession: 0.3, perDay: 5 };
    const { cut } = await bounded({ limits, run: [paid(0.1)], session: [paid(0.2)], day: [paid(0.3)] });
    expect(cut?.message).toContain("$0.3 for this session");
  });

  test("of a day counts from midnight on", async () => {
    const noon = new Date(2026, 5, 15, 12).getTime();
    const day = [
      paid(0.9, new Date(2026, 5, 14, 23, 59).getTime()),
      paid(0.2, new Date(2026, 5, 15, 0, 1).getTime()),
    ];
    const error = await refused({ limits: { perDay: 0.2 }, day, now: noon });
    expect((error as LimitError).message).toContain("today has cost $0.2,");
    expect((await bounded({ limits: { perDay: 5 }, day, now: noon })).cut).toBeUndefined();
  });
});

describe("of several models that may answer", () => {
  test("the dearest counts, and the answer is no longer than each can give", async () => {
    const { request: sent } = await bounded({ limits: { perRun: 0.9 }, models: ["cheap", "dear"] });
    expect(sent.maxTokens).toBe(50_000);
    const { request: short } = await bounded({ limits: { perRun: 0.15 }, models: ["cheap", "dear"] });
    expect(short.maxTokens).toBeLessThan(10_000);
  });

  test("one whose price is not known is refused by name, with the key to set", async () => {
    const error = await refused({ limits: { perRun: 1 }, models: ["cheap", "strange"] });
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).advice).toContain('[models.settings."p/strange"]');
  });
});

test("what cannot be counted of earlier is no reason to count it as nothing", async () => {
  const error = await refused({ limits: { perDay: 1 }, day: [paid(1, 0, "strange")] });
  expect(error).toBeInstanceOf(ConfigurationError);
});

test.each(["perRun", "perSession", "perDay"] as const)(
  "what no provider counted counts by the estimate: %s",
  async (limit) => {
    const cut: Spent = { ...paid(0.4), usage: { ...paid(0.4).usage, estimated: true } };
    const entries = { run: [cut], session: [cut], day: [cut] };
    expect((await bounded({ limits: { [limit]: 0.5 }, ...entries })).request.maxTokens).toBeLessThan(10_000);
    expect(await refused({ limits: { [limit]: 0.4 }, ...entries })).toBeInstanceOf(LimitError);
  },
);

test("what is asked at the same time is not there to be spent, and is told", async () => {
  const { request: sent, most } = await bounded({ limits: { perRun: 0.5 }, held: 0.3 });
  expect(sent.maxTokens).toBeLessThan(20_000);
  expect(most).toBeCloseTo(0.2, 4);
  expect(await refused({ limits: { perRun: 0.5 }, held: 0.5 })).toMatchObject({
    message: expect.stringMatching(/^what is asked at this moment could cost \$0.5, and the next request/),
  });
});

test("messages are estimated by who remembers them", async () => {
  const error = await refused({ limits: { perRun: 0.5 }, size: () => 1e6 });
  expect((error as LimitError).message).toContain("the next request could cost $1.00");
});

test("what is free is never limited", async () => {
  const free = { limits: { perRun: 0 }, models: ["gift"], run: [paid(1, 0, "strange")] };
  expect(await bounded(free)).toEqual({ request, cut: undefined, most: 0 });
});

test("no answer, of whatever length, passes a limit", async () => {
  const dollars = fc.double({ min: 0, max: 2, noNaN: true });
  const wanted = fc.option(fc.integer({ min: 1, max: 200_000 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      dollars,
      dollars,
      wanted,
      fc.constantFrom("cheap", "dear"),
      async (limit, before, maxTokens, model) => {
        const wish = maxTokens === undefined ? {} : { maxTokens };
        const outcome = await bounded(
          { limits: { perRun: limit }, run: [paid(before)], models: [model] },
          wish,
        ).catch((error: unknown) => error);
        if (outcome instanceof LimitError) return;
        const { request: sent } = outcome as Bounded;
        const output = sent.maxTokens ?? LONGEST[model] ?? 0;
        const input = request.messages.reduce((sum, message) => sum + estimateMessage(message), 0);
        const cost = book.cost({
          ...paid(0),
          model,
          usage: { input: 0, cacheWrite: input, cacheRead: 0, output },
        });
        expect(before + (cost ?? 0)).toBeLessThanOrEqual(limit + 1e-9);
      },
    ),
  );
});
