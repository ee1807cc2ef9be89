/** What runs cost, and the limits of it, seen from outside. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { says, type Turn } from "../fixtures/model-server/script.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { type Home, homeWithModel } from "./harness.ts";

async function asked(home: Home, ...args: string[]) {
  const result = await home.run([...args, "--json"]);
  expectSilentSuccess(result);
  return JSON.parse(result.stdout);
}

async function costs(home: Home, ...args: string[]) {
  const result = await home.run(["sessions", "cost", "--json", ...args]);
  expectSilentSuccess(result);
  return JSON.parse(result.stdout);
}

/** What Anthropic and OpenAI tell of one exchange, each in its own form. */
const USAGE = { input: 2095, output: 503, cacheRead: 56_789, cacheWrite: 1234 };
const exchange: Turn = { kind: "answer", text: "Hello.", usage: USAGE };

/** An answer for which `openai/priced` takes a dollar. */
const dollar: Turn = { kind: "answer", text: "Hello.", usage: { input: 0, output: 1000 } };
const PRICED = '[models.settings."openai/priced"]\ninput_price = 0\noutput_price = 1000\n';

describe("the cost of a run", () => {
  test("with Anthropic is what its price list says, cached reads and writes apart", async () => {
    const { home } = homeWithModel([exchange]);
    const run = await asked(home, "-m", "anthropic/claude-sonnet-4-5", "hello");
    expect(run.usage).toEqual({ input: 2095, output: 503, cache_read: 56_789, cache_write: 1234 });
    // 2095 at 3 dollars a million, 1234 at 3.75, 56,789 at 0.3, 503 at 15.
    expect(run.cost_usd).toBe(0.0354942);
  });

  test("with OpenAI is what its price list says, cached reads apart", async () => {
    const usage = { input: 86, output: 300, cacheRead: 1920 };
    const { home } = homeWithModel([{ kind: "answer", text: "Hello.", usage }]);
    const run = await asked(home, "-m", "openai/gpt-5", "hello");
    expect(run.usage).toEqual({ input: 86, output: 300, cache_read: 1920, cache_write: 0 });
    // 86 at 1.25 dollars a million, 1920 at 0.125, 300 at 10.
    expect(run.cost_usd).toBe(0.0033475);
  });

  test("of a model that nobody knows the price of is null, and known once it is said", async () => {
    const { home } = homeWithModel([exchange]);
    expect((await asked(home, "-m", "openai/any", "hello")).cost_usd).toBeNull();
    home.configure('[models.settings."openai/any"]\ninput_price = 1\noutput_price = 2\n');
    expect((await asked(home, "-m", "openai/any", "hello")).cost_usd).toBeGreaterThan(0);
  });
});

describe("--max-cost", () => {
  test("stops before the second request of a run with tools", async () => {
    const { home, model } = homeWithModel([
      { kind: "answer", toolCalls: [{ name: "none", arguments: {} }], usage: { input: 0, output: 990 } },
      says("never"),
    ]);
    home.configure(PRICED);
    const result = await home.run(["-m", "openai/priced", "--max-cost", "1", "hello", "--json"]);
    const line = expectFailure(result, 8);
    expect(line).toContain("this run has cost $0.99, and the next request could cost $0.016");
    expect(JSON.parse(result.stdout)).toMatchObject({
      stop_reason: "limit",
      cost_usd: 0.99,
      error: { code: "max_cost", exit_code: 8 },
    });
    expect(model.requests).toHaveLength(1);
  });

  test("limits the answer to what is left, and says that it was cut for it", async () => {
    const usage = { input: 0, output: 500 };
    const { home, model } = homeWithModel([
      { kind: "answer", text: "Hello.", usage, stopReason: "max_tokens" },
    ]);
    home.configure(PRICED);
    const result = await home.run(["-m", "openai/priced", "--max-cost", "0.5", "hello"]);
    expect(expectFailure(result, 8)).toContain("the answer was cut at 500 tokens");
    expect(result.stdout).toBe("Hello.\n");
    expect(model.requests[0]?.body).toMatchObject({ max_tokens: 500 });
  });

  test("without a price sends nothing, and names the key to set", async () => {
    const { home, model } = homeWithModel([dollar]);
    const line = expectFailure(await home.run(["-m", "openai/any", "--max-cost", "1", "hello"]), 3);
    expect(line).toContain('[models.settings."openai/any"]');
    expect(model.requests).toHaveLength(0);
  });
});

describe("a limit for the day", () => {
  test("holds over runs, those with --no-save and removed sessions included", async () => {
    const { home, model } = homeWithModel([dollar]);
    home.configure(`${PRICED}[limits]\nper_day = 2.01\n`);
    const { session } = await asked(home, "-m", "openai/priced", "one");
    expectSilentSuccess(await home.run(["sessions", "rm", session]));
    await asked(home, "-m", "openai/priced", "--no-save", "two");
    const line = expectFailure(await home.run(["-m", "openai/priced", "three"]), 8);
    expect(line).toContain("today has cost $2.00");
    expect(model.requests).toHaveLength(2);
    // Whose it was is not kept of what was not to be kept.
    expect((await costs(home)).all.total).toMatchObject({ requests: 2, cost_usd: 2 });
    const kept = JSON.parse((await home.run(["sessions", "list", "--json"])).stdout);
    expect(kept).toMatchObject([{ title: "three" }]);
  });

  test("is none for --no-save without it: no database is opened", async () => {
    const { home } = homeWithModel([dollar]);
    await asked(home, "-m", "openai/priced", "--no-save", "one");
    expect(existsSync(home.databaseFile)).toBe(false);
  });
});

describe("mcpchat sessions cost", () => {
  test("adds up by model, of a session and of all, and says what it does not know", async () => {
    const { home } = homeWithModel([dollar]);
    home.configure(PRICED);
    await asked(home, "-m", "openai/priced", "--session", "work", "one");
    await asked(home, "-m", "openai/priced", "--session", "work", "two");
    await asked(home, "-m", "openai/any", "three");
    const usage = { input: 0, output: 2000, cache_read: 0, cache_write: 0 };
    const priced = { provider: "openai", model: "priced", requests: 2, usage, cost_usd: 2, known_usd: 2 };
    const work = await costs(home, "work");
    expect(work).toMatchObject({ since: null, all: { models: [priced] }, today: { models: [priced] } });
    expect(work.session).toBeString();
    const all = await costs(home, "--days", "7");
    expect(all.session).toBeNull();
    expect(all.since).toBeString();
    expect(all.all.total).toMatchObject({ requests: 3, cost_usd: null, known_usd: 2 });
    const { stdout } = await home.run(["sessions", "cost"]);
    expect(stdout).toMatch(/^openai\/priced +2 +0 +2,000 +0 +0 +\$2\.00$/m);
    expect(stdout).toMatch(/^openai\/any +1 .* unknown$/m);
    expect(stdout).toMatch(/^total +3 .* at least \$2\.00$/m);
  });

  test("is empty where nothing was asked, and knows no session that is not there", async () => {
    const { home } = homeWithModel();
    expect(await costs(home)).toMatchObject({ session: null, all: { models: [], total: { cost_usd: 0 } } });
    expectFailure(await home.run(["sessions", "cost", "nothing"]), 2);
    expectFailure(await home.run(["sessions", "cost", "--days", "0"]), 2);
  });
});
