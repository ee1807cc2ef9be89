import { describe, expect, test } from "bun:test";
import { ProviderError, type ProviderErrorKind } from "../../src/llm/errors.ts";
import { type GuardOptions, guarded } from "../../src/llm/guard.ts";
import type { ModelEvent, Provider } from "../../src/llm/port.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { failing, fails, type Script, says } from "../fixtures/model-server/script.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import { failureOf, gather, providerAt, requestOf, textOf, WIRES } from "./ask.ts";
import { ScriptedProvider, type Step } from "./scripted-provider.ts";

const TEXT: ModelEvent = { type: "text", text: "hi" };
const USAGE: ModelEvent = { type: "usage", usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 } };
const DONE: ModelEvent = { type: "done", stopReason: "end" };

function failed(kind: ProviderErrorKind, retryAfterMs?: number): ModelEvent {
  const details = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { type: "failed", error: new ProviderError(kind, `it is ${kind}`, details) };
}

/** Runs a guarded stream while time flies, an hour at most. */
async function run(provider: Provider, options: GuardOptions = {}, signal = new AbortController().signal) {
  const clock = new FakeClock();
  const stream = guarded(provider, { clock, random: () => 1, ...options });
  const events = gather(stream.stream(requestOf(), signal));
  await clock.advance(3_600_000);
  return { events: await events, pending: clock.pending };
}

describe("retry", () => {
  test("an answer passes as it is", async () => {
    const provider = new ScriptedProvider([TEXT, USAGE, DONE]);
    expect((await run(provider)).events).toEqual([TEXT, USAGE, DONE]);
  });

  const again = ["network", "timeout", "overloaded", "server", "conflict", "rate_limit", "idle", "cut_off"];
  test.each(again as ProviderErrorKind[])("%s is tried again, and every wait is told", async (kind) => {
    const provider = new ScriptedProvider([failed(kind)], [USAGE, failed(kind)], [TEXT, USAGE, DONE]);
    const { events, pending } = await run(provider);
    expect(events).toMatchObject([
      { type: "retry", attempt: 2, delayMs: 500, error: { kind } },
      { type: "retry", attempt: 3, delayMs: 1000, error: { kind } },
      TEXT,
      USAGE,
      DONE,
    ]);
    expect(pending).toBe(0);
  });

  const once = ["quota", "auth", "not_found", "bad_request", "too_long", "protocol", "aborted"];
  test.each(once as ProviderErrorKind[])("%s is not tried again", async (kind) => {
    const provider = new ScriptedProvider([USAGE, failed(kind)]);
    expect((await run(provider)).events).toEqual([USAGE, failed(kind)]);
    expect(provider.asked).toBe(1);
  });

  test("three attempts are enough", async () => {
    const provider = new ScriptedProvider([failed("overloaded")]);
    const { events } = await run(provider);
    expect(events.map((event) => event.type)).toEqual(["retry", "retry", "failed"]);
    expect(provider.asked).toBe(3);
  });

  const shown: ModelEvent[] = [
    TEXT,
    { type: "thinking", text: "hm" },
    { type: "tool_call_start", id: "a", name: "b" },
  ];
  test.each(shown)("nothing is tried again after %j", async (event) => {
    for (const kind of ["cut_off", "idle", "overloaded"] as const) {
      const provider = new ScriptedProvider([event, failed(kind)]);
      expect((await run(provider)).events).toEqual([event, failed(kind)]);
    }
  });

  const aside: ModelEvent[] = [
    { type: "progress", text: "loading m", fraction: 0.5 },
    { type: "notice", text: "no top_k" },
  ];
  test.each(aside)(
    "what is no part of an answer does not keep one from being tried again: %j",
    async (event) => {
      const provider = new ScriptedProvider([event, failed("cut_off")], [event, TEXT, DONE]);
      const { events } = await run(provider);
      expect(events).toMatchObject([event, { type: "retry" }, event, TEXT, DONE]);
    },
  );

  test("waits as long as it is asked to", async () => {
    const provider = new ScriptedProvider([failed("rate_limit", 12_000)], [DONE]);
    expect((await run(provider)).events[0]).toMatchObject({ type: "retry", delayMs: 12_000 });
  });

  test("a wait of more than 30 s is told instead", async () => {
    const provider = new ScriptedProvider([failed("rate_limit", 90_000)]);
    const { events } = await run(provider);
    expect(events).toHaveLength(1);
    expect(failureOf(events)).toMatchObject({
      kind: "rate_limit",
      message: "it is rate_limit (it asks to wait 90 s)",
      retryAfterMs: 90_000,
    });
  });

  test("the breaker stands between the retries and an attempt", async () => {
    const seen: string[] = [];
    const breaker = (attempts: Provider): Provider => ({
      name: attempts.name,
      async *stream(request, signal, alive) {
        for await (const event of attempts.stream(request, signal, alive)) {
          seen.push(event.type);
          yield event;
        }
      },
    });
    await run(new ScriptedProvider([failed("server")], [DONE]), { breaker });
    expect(seen).toEqual(["failed", "done"]);
  });
});

describe("limits of an attempt", () => {
  const limits = { headersMs: 30_000, idleMs: 60_000 };
  const once = { retry: { attempts: 1, baseMs: 1, capMs: 1, longestAskedMs: 1 }, limits };

  test.each<[string, Step[], ProviderErrorKind, string]>([
    ["nothing at all", ["hang"], "timeout", "nothing within 30 s"],
    ["headers alone", ["alive", "hang"], "idle", "nothing for 60 s"],
    ["a notice of our own", [{ type: "notice", text: "no top_k" }, "hang"], "timeout", "nothing within 30 s"],
    [
      "a model that is loaded, then silence",
      [{ type: "progress", text: "m" }, "hang"],
      "idle",
      "nothing for 60 s",
    ],
    ["text, then silence", [TEXT, "hang"], "idle", "nothing for 60 s"],
    ["an end without an end", [TEXT], "cut_off", "the stream ended too soon"],
  ])("%s", async (_, steps, kind, words) => {
    const provider = new ScriptedProvider(steps);
    const { events, pending } = await run(provider, once);
    const error = failureOf(events);
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(words);
    expect(provider.signals[0]?.aborted).toBe(true);
    // By this the connections beside it are known to be in doubt.
    expect(provider.signals[0]?.reason.name === "TimeoutError").toBe(kind === "timeout");
    expect(pending).toBe(0);
  });

  test("what to do about it is said where it is no setting of the provider", async () => {
    const advice = "use a smaller model";
    for (const steps of [["hang"], [TEXT, "hang"]] as const) {
      const { events } = await run(new ScriptedProvider(steps), { ...once, limits: { ...limits, advice } });
      expect(failureOf(events).advice).toBe(advice);
    }
  });

  test("pings keep a silent model alive", async () => {
    const clock = new FakeClock();
    const ping = () => new Promise<void>((resolve) => clock.setTimer(50_000, resolve));
    const provider: Provider = {
      name: "thinker",
      async *stream(_request, _signal, alive) {
        for (let n = 0; n < 10; n++) {
          alive?.();
          await ping();
        }
        yield DONE;
      },
    };
    const events = gather(
      guarded(provider, { ...once, clock }).stream(requestOf(), new AbortController().signal),
    );
    await clock.advance(600_000);
    expect(await events).toEqual([DONE]);
  });

  test("a hang is tried again like any failure", async () => {
    const provider = new ScriptedProvider(["hang"], [TEXT, DONE]);
    const { events } = await run(provider, { limits });
    expect(events.map((event) => event.type)).toEqual(["retry", "text", "done"]);
  });
});

describe("abort", () => {
  async function abortWhen(provider: Provider, when: (event: ModelEvent | undefined) => boolean) {
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    const iterator = guarded(provider, { random: () => 1, retry: LONG })
      .stream(requestOf(), controller.signal)
      [Symbol.asyncIterator]();
    const events: ModelEvent[] = [];
    if (when(undefined)) setImmediate(() => controller.abort(reason));
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      events.push(next.value);
      if (when(next.value)) setImmediate(() => controller.abort(reason));
    }
    expect(failureOf(events)).toMatchObject({ kind: "aborted", cause: reason });
    return events;
  }
  // Long enough that only the abort can end a test.
  const LONG = { attempts: 3, baseMs: 600_000, capMs: 600_000, longestAskedMs: 600_000 };

  test("while the provider hangs and ignores it", async () => {
    await abortWhen(new ScriptedProvider(["hang"]), (event) => event === undefined);
  });

  test("in mid-answer", async () => {
    const events = await abortWhen(new ScriptedProvider([TEXT, "hang"]), (event) => event?.type === "text");
    expect(textOf(events)).toBe("hi");
  });

  test("while waiting to try again", async () => {
    const events = await abortWhen(
      new ScriptedProvider([failed("server")]),
      (event) => event?.type === "retry",
    );
    expect(events.map((event) => event.type)).toEqual(["retry", "failed"]);
  });

  test("before anything was sent", async () => {
    const provider = new ScriptedProvider([TEXT, DONE]);
    const { events } = await run(provider, {}, AbortSignal.abort(new Error("too late")));
    expect(failureOf(events).kind).toBe("aborted");
    expect(provider.asked).toBe(0);
  });

  test("a consumer that leaves takes the attempt with it", async () => {
    const provider = new ScriptedProvider([TEXT, "hang"]);
    for await (const event of guarded(provider).stream(requestOf(), new AbortController().signal)) {
      if (event.type === "text") break;
    }
    expect(provider.signals[0]?.aborted).toBe(true);
  });
});

describe.each([...WIRES])("%s over the wire", (wire) => {
  const quick = { attempts: 3, baseMs: 1, capMs: 1, longestAskedMs: 30_000 };
  async function over(script: Script, options: GuardOptions = {}) {
    const server = startModelServer(script);
    const provider = guarded(providerAt(wire, server), { retry: quick, ...options });
    const events = await gather(provider.stream(requestOf(), new AbortController().signal));
    return { events, server, [Symbol.asyncDispose]: () => server.stop() };
  }

  test("fails twice, then answers; the SDK adds no request of its own", async () => {
    await using result = await over(failing(2, "overloaded", says("at last")));
    expect(textOf(result.events)).toBe("at last");
    expect(result.server.requests).toHaveLength(3);
  });

  test("Retry-After is kept to", async () => {
    await using result = await over([fails("rate_limit", { "retry-after": "0.2" }), says("now")]);
    expect(textOf(result.events)).toBe("now");
    const [first, second] = result.server.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(195);
  });

  test("a stream that stalls ends, and its connection is closed", async () => {
    const limits = { headersMs: 10_000, idleMs: 100 };
    await using result = await over([{ kind: "answer", text: "so far", ending: "stall" }], { limits });
    expect(textOf(result.events)).toBe("so far");
    expect(failureOf(result.events)).toMatchObject({ kind: "idle", exitCode: 5 });
    await result.server.abandoned;
  });

  test("headers that never come are waited for three times", async () => {
    const limits = { headersMs: 100, idleMs: 10_000 };
    await using result = await over([{ kind: "hang" }], { limits });
    expect(failureOf(result.events)).toMatchObject({ kind: "timeout", exitCode: 5 });
    expect(result.server.requests).toHaveLength(3);
  });

  test("a stream cut before anything was shown is tried again", async () => {
    await using result = await over([{ kind: "answer", ending: "cut" }, says("whole")]);
    expect(textOf(result.events)).toBe("whole");
  });

  test("a stream cut after that is not", async () => {
    await using result = await over([{ kind: "answer", text: "half", ending: "cut" }, says("whole")]);
    expect(textOf(result.events)).toBe("half");
    expect(failureOf(result.events).kind).toBe("cut_off");
    expect(result.server.requests).toHaveLength(1);
  });
});
