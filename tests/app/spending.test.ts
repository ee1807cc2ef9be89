/** What a run spends, in the whole tree: what is written down, by whom it is counted, and what stops. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { openServers } from "../../src/app/servers.ts";
import { createSpending } from "../../src/app/spending.ts";
import { LimitError } from "../../src/lib/errors.ts";
import { openStore } from "../../src/session/store.ts";
import type { Turn } from "../fixtures/model-server/script.ts";
import { askingServer, samplingCall } from "./asking-server.ts";
import { type Rig, startRig } from "./rig.ts";

setDefaultTimeout(60_000);

/** A dollar for each answer of `paid`. */
const PRICED = '[models.settings."loop/hello"]\ninput_price = 0\noutput_price = 1000\n';
const paid = (text: string): Turn => ({ kind: "answer", text, usage: { input: 11, output: 1000 } });

const NAME = { provider: "loop", model: "hello" };
const USAGE = { input: 11, output: 1000, cacheRead: 0, cacheWrite: 0 };

function written(rig: Rig) {
  const store = openStore(rig.app.paths.databaseFile);
  try {
    return store.spending.entries({});
  } finally {
    store.close();
  }
}

test("each answered request is written down with its session", async () => {
  await using rig = await startRig({ script: [paid("one"), paid("two")] });
  const { session } = await rig.ask("first");
  await rig.ask("second", { session: { latest: true } });
  const entry = { sessionId: session, ...NAME, usage: USAGE, at: expect.any(Number) };
  expect(written(rig)).toEqual([entry, entry] as never);
});

test("of a conversation that is not kept nothing is written", async () => {
  await using rig = await startRig({ script: [paid("one")] });
  await rig.ask("first", { save: false });
  expect(written(rig)).toEqual([]);
});

test("but its numbers are where the day has a limit, and not whose they are", async () => {
  await using rig = await startRig({ toml: `${PRICED}[limits]\nper_day = 5\n`, script: [paid("one")] });
  await rig.ask("first", { save: false });
  expect(written(rig)).toEqual([expect.not.objectContaining({ sessionId: expect.anything() })]);
});

test("a session has its limit, whoever asked before", async () => {
  await using rig = await startRig({
    toml: `${PRICED}[limits]\nper_session = 2.01\n`,
    script: [paid("one"), paid("two"), paid("three")],
  });
  await rig.ask("first", { session: { name: "work" } });
  expect((await rig.ask("second", { session: { name: "work" } })).error).toBeUndefined();
  const { error } = await rig.ask("third", { session: { name: "work" } });
  expect(error).toMatchObject({ code: "max_cost", exitCode: 8 });
  expect(error?.message).toContain("this session has cost $2.00");
  expect(rig.model.requests).toHaveLength(2);
  expect((await rig.ask("another", { session: { name: "other" } })).error).toBeUndefined();
});

test("a store that restarts in between does not lose what was spent", async () => {
  await using rig = await startRig({ toml: PRICED, script: [paid("one")] });
  const { session } = await rig.ask("first");
  const spending = createSpending(rig.app, { env: rig.world.env });
  await spending.prepare(NAME)({ model: "hello", messages: [], tools: [] });
  const killed = rig.kill("store");
  spending.spent({ ...NAME, usage: USAGE, at: 1 });
  await killed;
  expect((await spending.report()).total).toMatchObject({ requests: 2, knownUsd: 2 });
  expect(written(rig).map(({ sessionId }) => sessionId)).toEqual([session, session]);
});

/** Has the server ask our model for so many tokens; what came back to the server. */
async function sample(rig: Rig, maxTokens: number): Promise<unknown> {
  const host = await openServers(rig.app, { only: [] });
  await host?.ready("asking", 30_000, rig.app.signal);
  const tool = host?.tools().find(({ name }) => name === "ask");
  if (!host || !tool) throw new Error("no tool");
  const limits = { signal: rig.app.signal, timeoutMs: 30_000 };
  return JSON.parse((await host.call(tool, samplingCall("hi", { maxTokens }), limits)).content);
}

test("what servers ask our model counts, and is limited as well", async () => {
  await using rig = await startRig({
    toml: `${PRICED}[limits]\nper_run = 1.01\n${askingServer('sampling = "allow"')}`,
    script: [paid("Sampled!")],
  });
  rig.app.asking.spending = createSpending(rig.app, { env: rig.world.env });
  expect(await sample(rig, 5000)).toMatchObject({ content: { text: "Sampled!" } });
  expect(rig.model.requests[0]?.body).toMatchObject({ max_tokens: 1010 });
  expect(await rig.app.asking.spending.costOfRun()).toBe(1);
  expect(await sample(rig, 5000)).toMatchObject({ error: expect.anything() });
  expect(rig.model.requests).toHaveLength(1);
  expect(rig.notices.join()).toContain("it could pass the limit of $1.01 for this run");
});

test("a run whose only request was refused before it was sent cost nothing", async () => {
  await using rig = await startRig({ toml: `${PRICED}[limits]\nper_run = 0\n` });
  const spending = createSpending(rig.app, { env: rig.world.env });
  expect(await spending.costOfRun()).toBe(0);
  const request = { model: "hello", messages: [], tools: [] };
  expect(
    await spending
      .prepare(NAME)(request)
      .catch((error: unknown) => error),
  ).toBeInstanceOf(LimitError);
  expect(await spending.costOfRun()).toBe(0);
});

test("nothing is opened for a run that keeps nothing", async () => {
  await using rig = await startRig({ script: [paid("one")] });
  const spending = createSpending(rig.app, { env: rig.world.env });
  const request = { model: "hello", messages: [], tools: [] };
  expect(await spending.prepare(NAME)(request)).toBe(request);
  expect(await spending.costOfRun()).toBeUndefined();
  spending.spent({ ...NAME, usage: USAGE, at: 1 });
  expect(existsSync(rig.app.paths.databaseFile)).toBe(false);
});

describe("requests under way at once", () => {
  const request = { model: "hello", messages: [], tools: [] };
  const limited = (dollars: number) => `${PRICED}[limits]\nper_run = ${dollars}\n`;

  test("do not spend the same money, whoever asks first", async () => {
    await using rig = await startRig({ toml: limited(1) });
    const spending = createSpending(rig.app, { env: rig.world.env });
    const [one, other] = [spending.beside(), spending.beside()];
    const asked = [spending, one, other].map((purse) =>
      purse
        .prepare(NAME)({ ...request, maxTokens: 600 })
        .catch((error: unknown) => error),
    );
    const [first, second, third] = await Promise.all(asked);
    expect(first).toMatchObject({ maxTokens: 600 });
    expect(second).toMatchObject({ maxTokens: 400 });
    expect(third).toMatchObject({ code: "max_cost" });
    spending.release();
    expect(await other.prepare(NAME)({ ...request, maxTokens: 700 })).toMatchObject({ maxTokens: 600 });
  });

  test("have each its own reason to be cut", async () => {
    await using rig = await startRig({ toml: limited(1) });
    const spending = createSpending(rig.app, { env: rig.world.env });
    await spending.prepare(NAME)({ ...request, maxTokens: 2000 });
    const beside = spending.beside();
    await beside
      .prepare(NAME)(request)
      .catch(() => {});
    expect(spending.cutBy()?.message).toContain("the answer was cut at 1000 tokens");
    expect(beside.cutBy()).toBeUndefined();
    spending.spent({ ...NAME, usage: { ...USAGE, output: 100 }, at: 1 });
    expect(await beside.prepare(NAME)({ ...request, maxTokens: 800 })).toMatchObject({ maxTokens: 800 });
    expect(spending.cutBy()).toBeDefined();
  });

  test("give back what they held when the next one of the same asker begins", async () => {
    await using rig = await startRig({ toml: limited(1) });
    const spending = createSpending(rig.app, { env: rig.world.env });
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await spending.prepare(NAME)({ ...request, maxTokens: 900 })).toMatchObject({ maxTokens: 900 });
    }
  });
});

test("the cost of a run has in it what servers asked meanwhile", async () => {
  const asks = samplingCall("hi");
  await using rig = await startRig({
    toml: `${PRICED}${askingServer('sampling = "allow"\n')}`,
    script: [
      {
        kind: "answer",
        toolCalls: [{ name: "asking__ask", arguments: asks }],
        usage: { input: 0, output: 1000 },
      },
      paid("sampled"),
      paid("done"),
    ],
  });
  const none = { allow: [], deny: [], none: false, servers: [], only: [], require: ["asking"] };
  const { costUsd, result } = await rig.ask("go", { wantsCost: true, tools: { ...none, yes: true } });
  expect(result?.requests).toHaveLength(2);
  expect(costUsd).toBe(3);
});

test("an answer that was cut off counts for the limit, and its cost is not told", async () => {
  const ending = "cut";
  await using rig = await startRig({
    toml: `${PRICED}[limits]\nper_session = 0.45\n`,
    script: [{ kind: "answer", text: ["word ".repeat(400), "more"], ending }, paid("never")],
  });
  const { costUsd } = await rig.ask("first", { wantsCost: true });
  expect(costUsd).toBeUndefined();
  expect(written(rig)).toMatchObject([{ usage: { estimated: true } }]);
  const { error } = await rig.ask("second", { session: { latest: true } });
  expect(error).toMatchObject({ code: "max_cost" });
  expect(rig.model.requests).toHaveLength(1);
});

test("a server that asks in the middle of an answer does not hide why the answer is cut", async () => {
  await using rig = await startRig({
    toml: `${PRICED}[limits]\nper_run = 0.5\n${askingServer('sampling = "allow"')}`,
    script: [
      { kind: "answer", text: "Half a", usage: { input: 0, output: 500 }, stopReason: "max_tokens" },
      paid("never"),
    ],
  });
  const sampled: unknown[] = [];
  const { error } = await rig.ask("go", {
    sink: async (event) => {
      if (event.type === "text") sampled.push(await sample(rig, 100));
    },
  });
  expect(error).toMatchObject({ code: "max_cost", exitCode: 8 });
  expect(error?.message).toContain("the answer was cut at 500 tokens");
  expect(sampled).toMatchObject([{ error: expect.anything() }]);
  expect(rig.notices.join()).toContain("what is asked at this moment could cost $0.5");
  expect(rig.model.requests).toHaveLength(1);
});
