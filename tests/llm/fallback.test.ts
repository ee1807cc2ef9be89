import { describe, expect, test } from "bun:test";
import { ConfigurationError, LimitError } from "../../src/lib/errors.ts";
import { ProviderError, type ProviderErrorKind } from "../../src/llm/errors.ts";
import { type Candidate, type OpenedCandidate, withFallback } from "../../src/llm/fallback.ts";
import type { ModelEvent, ModelRequest, Provider } from "../../src/llm/port.ts";
import { failureOf, gather, requestOf } from "./ask.ts";
import { ScriptedProvider, type Step } from "./scripted-provider.ts";

const TEXT: ModelEvent = { type: "text", text: "hi" };
const USAGE: ModelEvent = { type: "usage", usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 } };
const DONE: ModelEvent = { type: "done", stopReason: "end" };

function failed(kind: ProviderErrorKind, name = "first/one"): Extract<ModelEvent, { type: "failed" }> {
  return { type: "failed", error: new ProviderError(kind, `${name} is ${kind}`) };
}

/** A candidate that answers with what each attempt says, and writes down what it was asked. */
function candidate(name: string, ...attempts: (readonly Step[])[]) {
  const [provider = "", model = ""] = name.split("/");
  const script = new ScriptedProvider(...attempts);
  const asked: ModelRequest[] = [];
  const scripted: Provider = {
    name: provider,
    stream(request, signal, alive) {
      asked.push(request);
      return script.stream(request, signal, alive);
    },
  };
  const opened: OpenedCandidate = { provider: scripted, model };
  let openings = 0;
  return {
    name,
    asked,
    opened,
    openings: () => openings,
    open: async () => {
      openings++;
      return opened;
    },
  };
}

const broken = (name: string, message: string): Candidate => ({
  name,
  open: () => Promise.reject(new ConfigurationError(message, "set a key")),
});

function start(first: { opened: OpenedCandidate }, ...others: Candidate[]) {
  const provider = withFallback(first.opened, async () => others);
  const ask = (signal = new AbortController().signal) =>
    gather(provider.stream(requestOf({ model: "one" }), signal));
  return { provider, ask };
}

describe("another model answers", () => {
  const away = [
    "network",
    "timeout",
    "overloaded",
    "server",
    "conflict",
    "rate_limit",
    "quota",
    "idle",
    "cut_off",
    "protocol",
    "circuit_open",
  ] as const;
  test.each([...away])("after %s", async (kind) => {
    const [first, second] = [
      candidate("first/one", [USAGE, failed(kind)]),
      candidate("second/two", [TEXT, DONE]),
    ];
    const { ask } = start(first, second);
    expect(await ask()).toEqual([
      { type: "fallback", provider: "second", model: "two", error: failed(kind).error },
      TEXT,
      DONE,
    ]);
    expect(second.asked).toMatchObject([{ model: "two" }]);
  });

  const here = ["auth", "not_found", "bad_request", "too_long", "unsent", "aborted"] as const;
  test.each([...here])("but not after %s", async (kind) => {
    const second = candidate("second/two", [TEXT, DONE]);
    const { ask } = start(candidate("first/one", [USAGE, failed(kind)]), second);
    expect(await ask()).toEqual([USAGE, failed(kind)]);
    expect(second.openings()).toBe(0);
  });

  const shown: ModelEvent[] = [
    TEXT,
    { type: "thinking", text: "hm" },
    { type: "tool_call_start", id: "a", name: "b" },
  ];
  test.each(shown)("and not after %j was shown", async (event) => {
    const { ask } = start(
      candidate("first/one", [event, failed("cut_off")]),
      candidate("second/two", [DONE]),
    );
    expect(await ask()).toEqual([event, failed("cut_off")]);
  });

  test("retries and news of the one before stay where they were", async () => {
    const news: ModelEvent[] = [
      { type: "notice", text: "no top_k" },
      { type: "retry", attempt: 2, delayMs: 1, error: failed("server").error },
    ];
    const { ask } = start(
      candidate("first/one", [...news, failed("server")]),
      candidate("second/two", [DONE]),
    );
    expect((await ask()).map(({ type }) => type)).toEqual(["notice", "retry", "fallback", "done"]);
  });
});

describe("the list", () => {
  test("is gone down until somebody answers", async () => {
    const { ask } = start(
      candidate("first/one", [failed("network")]),
      // A model that stands in is left for any reason.
      candidate("second/two", [failed("auth", "second/two")]),
      candidate("third/three", [TEXT, DONE]),
    );
    expect(await ask()).toMatchObject([
      { type: "fallback", provider: "second", error: { kind: "network" } },
      { type: "fallback", provider: "third", error: { kind: "auth" } },
      TEXT,
      DONE,
    ]);
  });

  test("is not asked for, and nothing is opened, while the first answers", async () => {
    const provider = withFallback(candidate("first/one", [TEXT, DONE]).opened, () =>
      Promise.reject(new Error("asked for")),
    );
    expect(await gather(provider.stream(requestOf(), new AbortController().signal))).toEqual([TEXT, DONE]);
  });

  test("one that cannot be opened is told of, and passed over", async () => {
    const { ask } = start(
      candidate("first/one", [failed("network")]),
      broken("second/two", "no key for second"),
      candidate("third/three", [DONE]),
    );
    expect(await ask()).toMatchObject([
      { type: "notice", text: "second/two cannot answer instead: no key for second; set a key" },
      { type: "fallback", provider: "third", error: { kind: "network" } },
      DONE,
    ]);
  });

  test("when all have failed, each is named, and the first says of what sort it is", async () => {
    const { ask } = start(
      candidate("first/one", [failed("overloaded")]),
      broken("second/two", "no key for second"),
      candidate("third/three", [failed("auth", "third/three")]),
    );
    expect(failureOf(await ask())).toMatchObject({
      kind: "overloaded",
      exitCode: 5,
      retry: "no",
      message: "first/one is overloaded; second/two cannot be used: no key for second; third/three is auth",
    });
  });

  test("a single model fails as it would alone", async () => {
    const { ask } = start(candidate("first/one", [USAGE, failed("overloaded")]));
    expect(await ask()).toEqual([USAGE, failed("overloaded")]);
  });
});

describe("for as long as it lives", () => {
  test("it stays with the model that answered, without another word", async () => {
    const first = candidate("first/one", [failed("network")], [TEXT, DONE]);
    const second = candidate("second/two", [TEXT, DONE]);
    const { ask, provider } = start(first, second);
    expect([provider.name, provider.model]).toEqual(["first", "one"]);
    await ask();
    expect([provider.name, provider.model]).toEqual(["second", "two"]);
    expect(await ask()).toEqual([TEXT, DONE]);
    expect(first.asked).toHaveLength(1);
    expect(second.openings()).toBe(1);
  });

  test("and goes on from there, not back", async () => {
    const first = candidate("first/one", [failed("network")]);
    const second = candidate("second/two", [DONE], [failed("bad_request", "second/two")]);
    const { ask } = start(first, second, candidate("third/three", [DONE]));
    await ask();
    expect((await ask()).map(({ type }) => type)).toEqual(["fallback", "done"]);
    expect(first.asked).toHaveLength(1);
  });
});

describe("what makes a request fit", () => {
  const limit = () => new LimitError("this would cost too much", "max_cost", "raise it");

  test("runs for each candidate before its request", async () => {
    const [first, second] = [candidate("first/one", [failed("network")]), candidate("second/two", [DONE])];
    for (const { opened, name } of [first, second]) {
      opened.prepare = async (request) => ({ ...request, system: `for ${name} and ${request.model}` });
    }
    await start(first, second).ask();
    expect(first.asked).toMatchObject([{ model: "one", system: "for first/one and one" }]);
    expect(second.asked).toMatchObject([{ model: "two", system: "for second/two and two" }]);
  });

  test("ends a request unsent by what it throws", async () => {
    const first = candidate("first/one", [DONE]);
    first.opened.prepare = () => Promise.reject(limit());
    expect(failureOf(await start(first, candidate("second/two", [DONE])).ask())).toMatchObject({
      kind: "unsent",
      message: "this would cost too much",
      code: "max_cost",
      exitCode: 8,
      advice: "raise it",
    });
    expect(first.asked).toEqual([]);
  });

  test("keeps a model from taking over", async () => {
    const second = candidate("second/two", [DONE]);
    second.opened.prepare = () => Promise.reject(limit());
    const events = await start(
      candidate("first/one", [failed("network")]),
      second,
      candidate("third/three", [DONE]),
    ).ask();
    expect(events).toMatchObject([
      { type: "notice", text: "second/two cannot answer instead: this would cost too much; raise it" },
      { type: "fallback", provider: "third" },
      DONE,
    ]);
  });
});

test("nobody takes over once the user has said stop", async () => {
  const stop = new AbortController();
  const second = candidate("second/two", [DONE]);
  const first = candidate("first/one", [Promise.resolve().then(() => stop.abort()), failed("network")]);
  expect(failureOf(await start(first, second).ask(stop.signal)).kind).toBe("network");
  expect(second.asked).toEqual([]);
});
