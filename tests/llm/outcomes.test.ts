/**
 * Every row of the outcome table, before the stream and in it: what the breaker counts, whether and when the request
 * is made again, and what the user gets. Errors are made of what a provider says, by the sorting that the clients use.
 */
import { describe, expect, test } from "bun:test";
import { ExitCode } from "../../src/lib/errors.ts";
import { classify, networkError, providerError } from "../../src/llm/classify.ts";
import type { ProviderError, ProviderErrorKind } from "../../src/llm/errors.ts";
import { failureOfBody, failureOfResponse } from "../../src/llm/failure.ts";
import type { ModelEvent } from "../../src/llm/port.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { failureOf } from "./ask.ts";
import { ScriptedProvider, type Step } from "./scripted-provider.ts";
import { startGuarded } from "./watched-circuit.ts";

const TARGET = { provider: "scripted", model: "loopback", origin: "http://loopback.test" };
const TEXT: ModelEvent = { type: "text", text: "hi" };
const DONE: ModelEvent = { type: "done", stopReason: "end" };
const WALL = new FakeClock().wall();

function status(code: number, headers: Record<string, string> = {}, type = "some_error"): ProviderError {
  const body = JSON.stringify({ type: "error", error: { type, message: "so it is" } });
  const refusal = { status: code, headers: new Headers(headers), body };
  return classify(failureOfResponse(refusal, WALL), TARGET);
}

/** An error event of a stream: it has no status. */
const said = (type: string) => classify(failureOfBody({ error: { type, message: "so it is" } }), TARGET);
const system = (code: string) => networkError(Object.assign(new Error(code), { code }), TARGET);

const HANG: Step[] = ["hang"];
const SILENT: Step[] = ["alive", "hang"];
const ends = (error: ProviderError): Step[] => [{ type: "failed", error }];

interface Row {
  attempt: Step[];
  kind: ProviderErrorKind;
  counts: "failed" | "neutral";
  /** When the next attempts begin, in milliseconds after each other's failure; none when it is not made again. */
  waits: number[];
  exit?: number;
  /** How long one attempt takes. */
  takes?: number;
}

const AGAIN = [500, 1000];
const date = (ms: number) => new Date(WALL + ms).toUTCString();

const ROWS: Record<string, Row> = {
  "connection refused": {
    attempt: ends(system("ECONNREFUSED")),
    kind: "network",
    counts: "failed",
    waits: AGAIN,
  },
  "connection reset": {
    attempt: ends(system("ECONNRESET")),
    kind: "network",
    counts: "failed",
    waits: AGAIN,
  },
  "host not found": { attempt: ends(system("ENOTFOUND")), kind: "network", counts: "failed", waits: AGAIN },
  "connection timed out": {
    attempt: ends(system("ETIMEDOUT")),
    kind: "timeout",
    counts: "failed",
    waits: AGAIN,
  },
  "no headers": { attempt: HANG, kind: "timeout", counts: "failed", waits: AGAIN, takes: 30_000 },
  "500": { attempt: ends(status(500)), kind: "server", counts: "failed", waits: AGAIN },
  "502": { attempt: ends(status(502)), kind: "server", counts: "failed", waits: AGAIN },
  "503": { attempt: ends(status(503)), kind: "overloaded", counts: "failed", waits: AGAIN },
  "503 with a Retry-After": {
    attempt: ends(status(503, { "retry-after": "7" })),
    kind: "overloaded",
    counts: "failed",
    waits: [7000, 7000],
  },
  "504": { attempt: ends(status(504)), kind: "timeout", counts: "failed", waits: AGAIN },
  "529": { attempt: ends(status(529)), kind: "overloaded", counts: "failed", waits: AGAIN },
  "408": { attempt: ends(status(408)), kind: "timeout", counts: "neutral", waits: AGAIN },
  "409": { attempt: ends(status(409)), kind: "conflict", counts: "neutral", waits: AGAIN },
  "429": { attempt: ends(status(429)), kind: "rate_limit", counts: "neutral", waits: AGAIN },
  "429 with a short Retry-After": {
    attempt: ends(status(429, { "retry-after": "7" })),
    kind: "rate_limit",
    counts: "neutral",
    waits: [7000, 7000],
  },
  "429 with a Retry-After that is shorter than the wait": {
    attempt: ends(status(429, { "retry-after-ms": "100" })),
    kind: "rate_limit",
    counts: "neutral",
    waits: AGAIN,
  },
  "429 with a Retry-After that is a date": {
    // The provider says the same date again, which has passed by then.
    attempt: ends(status(429, { "retry-after": date(10_000) })),
    kind: "rate_limit",
    counts: "neutral",
    waits: [10_000, 10_000],
  },
  "429 with a Retry-After of a minute": {
    attempt: ends(status(429, { "retry-after": "60" })),
    kind: "rate_limit",
    counts: "neutral",
    waits: [],
  },
  "429 for a spending limit": {
    attempt: ends(status(429, {}, "insufficient_quota")),
    kind: "quota",
    counts: "neutral",
    waits: [],
    exit: ExitCode.refused,
  },
  "400": {
    attempt: ends(status(400)),
    kind: "bad_request",
    counts: "neutral",
    waits: [],
    exit: ExitCode.refused,
  },
  "401": { attempt: ends(status(401)), kind: "auth", counts: "neutral", waits: [], exit: ExitCode.refused },
  "403": { attempt: ends(status(403)), kind: "auth", counts: "neutral", waits: [], exit: ExitCode.refused },
  "404": {
    attempt: ends(status(404)),
    kind: "not_found",
    counts: "neutral",
    waits: [],
    exit: ExitCode.refused,
  },
  "413": {
    attempt: ends(status(413)),
    kind: "too_long",
    counts: "neutral",
    waits: [],
    exit: ExitCode.refused,
  },
  "422": {
    attempt: ends(status(422)),
    kind: "bad_request",
    counts: "neutral",
    waits: [],
    exit: ExitCode.refused,
  },
  "a web page": {
    attempt: ends(providerError("protocol", TARGET, "a web page came instead of a stream")),
    kind: "protocol",
    counts: "neutral",
    waits: [],
  },
  "a stream that falls silent": {
    attempt: SILENT,
    kind: "idle",
    counts: "failed",
    waits: AGAIN,
    // And what it may still say of its tokens.
    takes: 60_050,
  },
  "a stream that is cut": { attempt: [], kind: "cut_off", counts: "failed", waits: AGAIN },
  "an event: overloaded": {
    attempt: ends(said("overloaded_error")),
    kind: "overloaded",
    counts: "failed",
    waits: AGAIN,
  },
  "an event: server": { attempt: ends(said("api_error")), kind: "server", counts: "failed", waits: AGAIN },
  "an event: unknown": { attempt: ends(said("some_error")), kind: "server", counts: "failed", waits: AGAIN },
  "an event: rate limit": {
    attempt: ends(said("rate_limit_error")),
    kind: "rate_limit",
    counts: "neutral",
    waits: AGAIN,
  },
  "an event: a bad request": {
    attempt: ends(said("invalid_request_error")),
    kind: "bad_request",
    counts: "neutral",
    waits: [],
    exit: ExitCode.refused,
  },
};

describe.each(Object.entries(ROWS))("%s", (_, row) => {
  const { attempt, kind, counts, waits, exit = ExitCode.unavailable, takes = 0 } = row;

  test("before anything was shown", async () => {
    const provider = new ScriptedProvider(attempt);
    const guarded = startGuarded(provider);
    const { events, at } = await guarded.ask();
    expect(events.map(({ type }) => type)).toEqual([...waits.map(() => "retry" as const), "failed"]);
    expect(events.slice(0, -1)).toMatchObject(
      waits.map((delayMs, index) => ({ attempt: index + 2, delayMs, error: { kind } })),
    );
    // Each comes when its attempt has ended, after all the waits before it.
    let time = takes;
    const ended = [takes, ...waits.map((wait) => (time += wait + takes))];
    expect(at).toEqual(ended);
    expect(failureOf(events)).toMatchObject({ kind, exitCode: exit });
    expect(provider.asked).toBe(waits.length + 1);
    expect(guarded.circuit.told.map(({ type }) => type)).toEqual(Array(waits.length + 1).fill(counts));
    expect(guarded.clock.pending).toBe(0);
  });

  test("then an answer, if it is made again", async () => {
    const provider = new ScriptedProvider(attempt, [TEXT, DONE]);
    const { ask, circuit } = startGuarded(provider);
    const { events } = await ask();
    const [wait] = waits;
    if (wait === undefined) return expect(events.at(-1)?.type).toBe("failed");
    expect(events).toMatchObject([{ type: "retry", delayMs: wait }, TEXT, DONE]);
    expect(circuit.told.map(({ type }) => type)).toEqual([counts, "answering", "succeeded"]);
  });

  test("after something was shown", async () => {
    const provider = new ScriptedProvider([TEXT, ...attempt]);
    const { ask, circuit } = startGuarded(provider);
    const { events } = await ask();
    expect(events.map(({ type }) => type)).toEqual(["text", "failed"]);
    const hung = attempt === HANG ? "idle" : kind;
    expect(failureOf(events)).toMatchObject({ kind: hung, exitCode: exit });
    expect(provider.asked).toBe(1);
    expect(circuit.told.map(({ type }) => type)).toEqual(["answering", counts]);
  });
});

test("a wait of a minute is told: how long, and that nothing is sent before", async () => {
  const provider = new ScriptedProvider(ends(status(429, { "retry-after": "60" })), [DONE]);
  const { stream, clock, circuit } = startGuarded(provider);
  const ask = async () => {
    const events = Array.fromAsync(stream());
    await clock.advance(0);
    return events;
  };
  expect(failureOf(await ask())).toMatchObject({
    retryAfterMs: 60_000,
    advice: expect.stringContaining("60 s"),
  });
  await clock.advance(20_000);
  expect(failureOf(await ask())).toMatchObject({
    kind: "rate_limit",
    retryAfterMs: 40_000,
    advice: expect.stringContaining("40 s"),
  });
  expect(provider.asked).toBe(1);
  await clock.advance(39_999);
  const late = Array.fromAsync(stream());
  await clock.advance(0);
  expect(provider.asked).toBe(1);
  await clock.advance(1000);
  expect((await late).map(({ type }) => type)).toEqual(["retry", "done"]);
  expect(circuit.told.map(({ type }) => type)).toEqual(["neutral", "succeeded"]);
});

test("what is stopped is neutral, and not made again", async () => {
  for (const attempt of [HANG, SILENT, [TEXT, "hang"] as Step[]]) {
    const stop = new AbortController();
    const { stream, clock, circuit } = startGuarded(new ScriptedProvider(attempt));
    const events = Array.fromAsync(stream(stop.signal));
    await clock.advance(1000);
    stop.abort(new Error("Ctrl-C"));
    await clock.advance(50);
    expect(failureOf(await events).kind).toBe("aborted");
    expect(circuit.told.at(-1)).toEqual({ type: "neutral" });
    expect(clock.pending).toBe(0);
  }
});
