/** The circuit breaker around a model: what it refuses, in which words, and what becomes of its probe. */
import { describe, expect, test } from "bun:test";
import { withBreaker } from "../../src/llm/breaker.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { ModelEvent } from "../../src/llm/port.ts";
import { failureOf, gather, requestOf } from "./ask.ts";
import { ScriptedProvider, type Step } from "./scripted-provider.ts";
import { startGuarded } from "./watched-circuit.ts";

const TEXT: ModelEvent = { type: "text", text: "hi" };
const DONE: ModelEvent = { type: "done", stopReason: "end" };
const DOWN = new ProviderError("overloaded", "scripted/loopback is overloaded (529)", {
  status: 529,
  advice: "try again later",
});
const down: Step[] = [{ type: "failed", error: DOWN }];

/** A model whose circuit is open, and then does what `after` says. */
async function opened(...after: (readonly Step[])[]) {
  const provider = new ScriptedProvider(down, down, down, down, down, ...after);
  const guarded = startGuarded(provider);
  const outcomes = [await quickly(guarded), await quickly(guarded)];
  /** All that has not been asked yet. */
  const asked = () => provider.asked - 5;
  return { ...guarded, provider, outcomes, asked };
}

/** One request with its waits, in no more time than those. */
async function quickly({ stream, clock }: ReturnType<typeof startGuarded>): Promise<ModelEvent[]> {
  const events = gather(stream());
  await clock.advance(1500);
  return events;
}

const typesOf = (events: readonly ModelEvent[]) => events.map(({ type }) => type);

describe("a circuit", () => {
  test("opens with the fifth failure, which is told as it is, and not tried again", async () => {
    const { outcomes, provider } = await opened();
    expect(outcomes.map(typesOf)).toEqual([
      ["retry", "retry", "failed"],
      ["retry", "failed"],
    ]);
    expect(failureOf(outcomes[1] ?? [])).toMatchObject({
      kind: "overloaded",
      message: DOWN.message,
      advice: DOWN.advice,
      status: 529,
      retry: "no",
    });
    expect(provider.asked).toBe(5);
  });

  test("that is open refuses at once: what failed last, and when it is tried again", async () => {
    const { stream, clock, asked } = await opened();
    const left = 15_000 - 1000;
    const error = failureOf(await gather(stream()));
    expect(error).toMatchObject({
      kind: "circuit_open",
      exitCode: 5,
      retry: "no",
      message:
        "scripted/loopback failed too often, and is left alone for 14 s more; the last failure: scripted/loopback is overloaded (529)",
      advice: "try again in 14 s, or choose another model with -m",
      retryAfterMs: left,
    });
    await clock.advance(left - 1);
    expect(failureOf(await gather(stream())).retryAfterMs).toBe(1);
    expect(asked()).toBe(0);
  });

  test("then lets the next request through, and closes when it is answered", async () => {
    const { stream, clock, asked } = await opened([TEXT, DONE]);
    await clock.advance(15_000);
    expect(await gather(stream())).toEqual([TEXT, DONE]);
    expect(await gather(stream())).toEqual([TEXT, DONE]);
    expect(asked()).toBe(2);
  });

  test("opens again when the probe fails, which is made once", async () => {
    const { stream, clock, asked, circuit } = await opened(down);
    await clock.advance(15_000);
    expect(typesOf(await gather(stream()))).toEqual(["failed"]);
    expect(asked()).toBe(1);
    expect(circuit.breaker.view()).toMatchObject({ state: "open", waitMs: 30_000 });
  });
});

describe("a probe", () => {
  test("has the others wait for its first word, and not for its last", async () => {
    const word = Promise.withResolvers<void>();
    const { stream, clock, asked } = await opened([word.promise, TEXT, "hang"], [TEXT, DONE]);
    await clock.advance(15_000);
    const stop = new AbortController();
    const probe = stream(stop.signal)[Symbol.asyncIterator]();
    const first = probe.next();
    await clock.advance(0);
    const refused = failureOf(await gather(stream()));
    expect(refused.message).toContain("another request is finding out whether it is back");
    expect(refused).toMatchObject({ kind: "circuit_open", advice: expect.stringContaining("in a moment") });
    expect(refused.retryAfterMs).toBeUndefined();
    word.resolve();
    expect((await first).value).toEqual(TEXT);
    expect(await gather(stream())).toEqual([TEXT, DONE]);
    expect(asked()).toBe(2);
    stop.abort();
  });

  test("that is stopped is released", async () => {
    const { stream, clock, asked } = await opened(["hang"], [DONE]);
    await clock.advance(15_000);
    const stop = new AbortController();
    const probe = gather(stream(stop.signal));
    await clock.advance(10);
    stop.abort(new Error("Ctrl-C"));
    expect(failureOf(await probe).kind).toBe("aborted");
    expect(await gather(stream())).toEqual([DONE]);
    expect(asked()).toBe(2);
  });

  test("whose consumer leaves is released", async () => {
    const progress: ModelEvent = { type: "progress", text: "loading" };
    const { stream, clock } = await opened([progress, "hang"], [DONE]);
    await clock.advance(15_000);
    for await (const event of stream()) if (event === progress) break;
    expect(await gather(stream())).toEqual([DONE]);
  });

  test("that hangs ends as any attempt does", async () => {
    const { stream, clock, circuit } = await opened(["hang"]);
    await clock.advance(15_000);
    const events = gather(stream());
    await clock.advance(30_000);
    expect(failureOf(await events)).toMatchObject({ kind: "timeout", retry: "no" });
    expect(circuit.breaker.view()).toMatchObject({ state: "open", waitMs: 30_000 });
  });

  test("whose outcome is neutral is released, and may be made again", async () => {
    const busy: Step[] = [{ type: "failed", error: new ProviderError("conflict", "409", { status: 409 }) }];
    const { stream, clock, asked } = await opened(busy, [DONE]);
    await clock.advance(15_000);
    const events = gather(stream());
    await clock.advance(500);
    expect(typesOf(await events)).toEqual(["retry", "done"]);
    expect(asked()).toBe(2);
  });
});

test("a provider that throws gives its permit back", async () => {
  const told: unknown[] = [];
  const provider = withBreaker(
    {
      name: "broken",
      // biome-ignore lint/correctness/useYield: it never comes to that.
      async *stream() {
        throw new TypeError("a bug");
      },
    },
    async () => ({ admit: () => ({ tell: (outcome) => told.push(outcome) > 9 }) }),
  );
  const events = gather(provider.stream(requestOf(), new AbortController().signal));
  expect(await events.catch((error: Error) => error.message)).toBe("a bug");
  expect(told).toEqual([{ type: "neutral" }]);
});

test("each model has a circuit of its own", async () => {
  const asked: string[] = [];
  const circuitFor = async (model: string) => {
    asked.push(model);
    return { admit: () => ({ tell: () => false }) };
  };
  const provider = withBreaker(new ScriptedProvider([DONE]), circuitFor);
  for (const model of ["small", "large"]) {
    await gather(provider.stream(requestOf({ model }), new AbortController().signal));
  }
  expect(asked).toEqual(["small", "large"]);
});
