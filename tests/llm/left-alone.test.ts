import { expect, test } from "bun:test";
import { withBreaker } from "../../src/llm/breaker.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { DEFAULT_BREAKER } from "../../src/resilience/breaker.ts";
import { CircuitBreaker } from "../../src/resilience/circuit-breaker.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { ask, failureOf } from "./ask.ts";
import { ScriptedProvider } from "./scripted-provider.ts";

test("the failure that opens a circuit says how long the model is left alone, and the ones before do not", async () => {
  const breaker = new CircuitBreaker({ policy: DEFAULT_BREAKER, clock: new FakeClock(), random: () => 0 });
  const provider = new ScriptedProvider([
    { type: "failed", error: new ProviderError("server", "it failed") },
  ]);
  const stack = withBreaker(provider, async () => breaker);
  const messages: string[] = [];
  for (let attempt = 0; attempt < 5; attempt++) messages.push(failureOf(await ask(stack)).message);
  expect(messages.slice(0, -1)).toEqual(Array(4).fill("it failed"));
  expect(messages.at(-1)).toMatch(/^it failed \(it fails too often, and is left alone for \d+ s\)$/);
  // What is told of as the last failure is the failure alone.
  expect(failureOf(await ask(stack)).message).toEndWith("the last failure: it failed");
});
