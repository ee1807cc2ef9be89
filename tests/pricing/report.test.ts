import { describe, expect, test } from "bun:test";
import { dollars } from "../../src/pricing/money.ts";
import type { PriceBook, Spent } from "../../src/pricing/port.ts";
import { type CostReport, costJson, costReport, costText } from "../../src/pricing/report.ts";

test.each([
  [0, "$0"],
  [0.0123, "$0.0123"],
  [0.5, "$0.5"],
  [0.123456, "$0.123"],
  [0.0000012345, "$0.00000123"],
  [0.9996, "$1.00"],
  [1.5, "$1.50"],
  [1234.567, "$1234.57"],
])("%d dollars are %s", (amount, text) => {
  expect(dollars(amount)).toBe(text);
});

/** A thousandth of a dollar a token of output; `acme` is not known. */
const cost: PriceBook["cost"] = ({ provider, usage }) =>
  usage.costUsd ?? (provider === "acme" ? undefined : usage.output / 1000);
const book: PriceBook = { facts: () => ({}), cost, ceiling: cost };

const spent = (name: string, output: number, costUsd?: number): Spent => {
  const [provider = "", model = ""] = name.split("/");
  const usage = { input: 1000, output, cacheRead: 20, cacheWrite: 3 };
  return { provider, model, at: 1, usage: { ...usage, ...(costUsd !== undefined && { costUsd }) } };
};

const costLinesOf = (report: CostReport) => costText(report).trimEnd().split("\n");

describe("a report", () => {
  const mixed = [spent("openai/gpt", 10), spent("acme/big", 5), spent("openai/gpt", 2)];

  test("adds up by model and in total, and says what is not known", () => {
    expect(costLinesOf(costReport(mixed, book))).toEqual([
      "            requests     in  out  cache read  cache write             cost",
      "openai/gpt         2  2,000   12          40            6           $0.012",
      "acme/big           1  1,000    5          20            3          unknown",
      "total              3  3,000   17          60            9  at least $0.012",
    ]);
  });

  test("of one model has no total, and of none says so", () => {
    expect(costLinesOf(costReport([spent("openai/gpt", 10)], book))).toHaveLength(2);
    expect(costText(costReport([], book))).toBe("no model was asked\n");
  });

  test("of a model whose cost is known in part says at least", () => {
    const lines = costLinesOf(costReport([spent("acme/big", 1), spent("acme/big", 1, 0.25)], book));
    expect(lines[1]).toEndWith("at least $0.25");
  });

  test("cannot be painted by the name of a model", () => {
    const painted = costLinesOf(costReport([spent("acme/\x1b[31mred\nnext", 1)], book));
    expect(painted[1]).toStartWith("acme/red next ");
  });

  test("as JSON has null for what is not known", () => {
    expect(costJson(costReport(mixed, book))).toEqual({
      models: [
        {
          provider: "openai",
          model: "gpt",
          requests: 2,
          usage: { input: 2000, output: 12, cache_read: 40, cache_write: 6 },
          cost_usd: 0.012,
          known_usd: 0.012,
        },
        {
          provider: "acme",
          model: "big",
          requests: 1,
          usage: { input: 1000, output: 5, cache_read: 20, cache_write: 3 },
          cost_usd: null,
          known_usd: 0,
        },
      ],
      total: {
        requests: 3,
        usage: { input: 3000, output: 17, cache_read: 60, cache_write: 9 },
        cost_usd: null,
        known_usd: 0.012,
      },
    });
  });
});
