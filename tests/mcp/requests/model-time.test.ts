/** Time stands still for the calls of a server while our model answers it, but not for ever. */
import { expect, test } from "bun:test";
import { ProtocolError, ProtocolErrorCode, UrlElicitationRequiredError } from "@modelcontextprotocol/client";
import { Allowance } from "../../../src/mcp/client/requests/allowance.ts";
import { ModelTime } from "../../../src/mcp/client/requests/model-time.ts";
import { createSampling } from "../../../src/mcp/client/requests/sampling.ts";
import { Standstill, startLimit } from "../../../src/mcp/client/session/standstill.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";
import { ANSWER, ScriptedCounterpart } from "./asking.ts";

const MINUTE_MS = 60_000;
const NEVER = new AbortController().signal;
const QUESTION = { role: "user" as const, content: { type: "text" as const, text: "hi" } };
const REQUEST = { messages: [QUESTION], maxTokens: 10 };

/** A server that asks; each answer takes a person and the model so long. */
function asking(personMs: number, modelMs: number) {
  const clock = new FakeClock();
  const still = new Standstill(clock);
  const pass = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(ms, resolve));
  class SlowCounterpart extends ScriptedCounterpart {
    override async sample(...[, , , onAllowed]: Parameters<ScriptedCounterpart["sample"]>) {
      if (personMs > 0) await pass(personMs);
      onAllowed();
      await pass(modelMs);
      return ANSWER;
    }
  }
  const sample = createSampling({
    server: "server",
    counterpart: new SlowCounterpart(),
    still,
    questions: new Allowance(clock),
    samplings: new Allowance(clock, { most: 100, withinMs: 60 * MINUTE_MS }),
    modelTime: new ModelTime(clock, { mostMs: 10 * MINUTE_MS, withinMs: 60 * MINUTE_MS }),
    sdk: { ProtocolError, ProtocolErrorCode, UrlElicitationRequiredError },
  });
  let ended: number | undefined;
  startLimit(MINUTE_MS, still, clock, () => {
    ended = clock.now();
  });
  return { clock, sample: () => sample(REQUEST, NEVER), ended: () => ended };
}

test("a server that asks back to back has its calls' limits go on after ten minutes, and its answers too", async () => {
  const { clock, sample, ended } = asking(0, 2 * MINUTE_MS);
  let answers = 0;
  for (let asked = 0; asked < 6; asked++) {
    void sample().then(() => answers++);
    await clock.advance(2 * MINUTE_MS);
  }
  expect(ended()).toBe(11 * MINUTE_MS);
  expect(answers).toBe(6);
});

test("what is used up comes back", async () => {
  const clock = new FakeClock();
  const time = new ModelTime(clock, { mostMs: 100, withinMs: 1000 });
  const spent: number[] = [];
  const use = async (ms: number) => {
    const end = time.begin(() => spent.push(clock.now()));
    await clock.advance(ms);
    end();
  };
  await use(150);
  await use(10);
  expect(spent).toEqual([100, 150]);
  await clock.advance(1000);
  await use(99);
  expect(spent).toHaveLength(2);
});

test("a person may take as long as they like", async () => {
  const { clock, sample, ended } = asking(90 * MINUTE_MS, MINUTE_MS);
  void sample();
  await clock.advance(91 * MINUTE_MS);
  expect(ended()).toBeUndefined();
  await clock.advance(MINUTE_MS);
  expect(ended()).toBe(92 * MINUTE_MS);
});
