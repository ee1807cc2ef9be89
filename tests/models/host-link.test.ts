import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { HostLink } from "../../src/models/host-link.ts";
import type { ModelProblem } from "../../src/models/problem.ts";
import type { News, ToHost } from "../../src/models/protocol.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";

const CRASHED: ModelProblem = { code: "crashed", message: "it crashed" };

/** A link whose far end is the test. */
function open() {
  const clock = new FakeClock();
  const sent: ToHost[] = [];
  const hung: string[] = [];
  const link = new HostLink({
    send: (message) => sent.push(message),
    onHung: (why) => hung.push(why),
    clock,
  });
  const abort = new AbortController();
  const news: News[] = [];
  const ask = () =>
    link.call("unload", { path: "/a" }, { signal: abort.signal, onNews: (one) => news.push(one) });
  return { clock, sent, hung, link, abort, news, ask };
}

describe("requests", () => {
  test("get the answer of their number", async () => {
    const { link, sent, ask } = open();
    const [one, two] = [ask(), ask()];
    expect(sent).toEqual([
      { type: "unload", id: 1, path: "/a" },
      { type: "unload", id: 2, path: "/a" },
    ]);
    link.receive({ type: "result", id: 2, value: true });
    link.receive({ type: "result", id: 1, value: false });
    expect(await Promise.all([one, two])).toEqual([false, true]);
  });

  test("fail with the problem that the process tells, and with its end; later ones do not begin", async () => {
    const { link, sent, ask } = open();
    const [one, two] = [ask(), ask()];
    const outcome = Promise.allSettled([one, two]);
    link.receive({ type: "problem", id: 1, problem: { code: "truncated", message: "cut off" } });
    link.end(CRASHED);
    expect(await outcome).toMatchObject([
      { reason: { code: "truncated", exitCode: 4 } },
      { reason: { code: "crashed", exitCode: 5 } },
    ]);
    await expect(ask()).rejects.toMatchObject({ code: "crashed" });
    await expect(link.ready).rejects.toMatchObject({ code: "crashed" });
    expect(sent).toHaveLength(2);
  });

  test("to a channel that is closed wait for the end, which tells why", async () => {
    const send = () => {
      throw new Error("closed");
    };
    const link = new HostLink({ send, onHung: () => {}, clock: new FakeClock() });
    const asked = link.call("keep", {}, { signal: new AbortController().signal });
    link.end(CRASHED);
    await expect(asked).rejects.toMatchObject({ code: "crashed" });
  });

  test("are refused an answer that is none, which is counted", async () => {
    const { link, ask } = open();
    const asked = ask();
    link.receive({ type: "result", id: 1, value: "yes" });
    await expect(asked).rejects.toMatchObject({ code: "failed" });
    expect(link.malformed).toBe(1);
  });
});

describe("a request that is cancelled", () => {
  test("still gets its answer", async () => {
    const { clock, link, sent, hung, abort, ask } = open();
    const asked = ask();
    abort.abort();
    expect(sent.at(-1)).toEqual({ type: "cancel", id: 1 });
    await clock.advance(4999);
    link.receive({ type: "result", id: 1, value: true });
    expect(await asked).toBe(true);
    await clock.advance(60_000);
    expect(hung).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("means a hung process when it does not end in time, and has not failed but was stopped", async () => {
    const { clock, link, hung, abort, ask } = open();
    const asked = ask();
    abort.abort();
    await clock.advance(5000);
    expect(hung).toEqual(["did not stop when it was asked to"]);
    link.end(CRASHED);
    await expect(asked).rejects.toMatchObject({ code: "aborted" });
    expect(clock.pending).toBe(0);
  });

  test("before it began is not sent", async () => {
    const { sent, abort, ask } = open();
    abort.abort();
    await expect(ask()).rejects.toMatchObject({ code: "aborted" });
    expect(sent).toEqual([]);
  });
});

describe("silence", () => {
  test("of 30 s during a request means a hung process; any message is a sign of life", async () => {
    const { clock, link, hung, ask } = open();
    const asked = ask();
    await clock.advance(29_000);
    link.receive({ type: "alive", id: 1 });
    await clock.advance(29_000);
    expect(hung).toEqual([]);
    await clock.advance(5000);
    expect(hung).toEqual(["gave no sign of life for 30 s"]);
    link.end(CRASHED);
    await expect(asked).rejects.toThrow();
    expect(clock.pending).toBe(0);
  });

  test("without a request means nothing", async () => {
    const { clock, link, hung, ask } = open();
    const asked = ask();
    link.receive({ type: "result", id: 1, value: true });
    await asked;
    await clock.advance(100_000);
    expect(hung).toEqual([]);
  });

  test("is not counted while we were stopped ourselves", async () => {
    const timers: (() => void)[] = [];
    let now = 0;
    const setTimer = (_: number, callback: () => void) => {
      timers.push(callback);
      return () => {};
    };
    const hung: string[] = [];
    const clock = { now: () => now, wall: () => now, setTimer };
    const link = new HostLink({ send: () => {}, onHung: (why) => hung.push(why), clock });
    void link.call("keep", {}, { signal: new AbortController().signal });
    now = 3_600_000;
    timers.at(-1)?.();
    expect(hung).toEqual([]);
  });
});

describe("what the process says", () => {
  test("reaches the one who asked, and nobody when it is none of the known", async () => {
    const { link, news, ask } = open();
    const asked = ask();
    const good: News[] = [
      { type: "loading", fraction: 0.5 },
      { type: "event", event: { type: "text", text: "hi" } },
      { type: "event", event: { type: "tool_call", id: "1", name: "add", arguments: { one: [1] } } },
    ];
    for (const one of good) link.receive({ type: "news", id: 1, news: one });
    link.receive({ type: "news", id: 2, news: good[0] });
    expect(link.malformed).toBe(0);
    const bad = [
      { type: "loading", fraction: "half" },
      { type: "event", event: { type: "done", stopReason: "end" } },
      { type: "event", event: { type: "tool_call", id: "1", name: "add", arguments: [] } },
      { type: "constructor" },
    ];
    for (const one of bad) link.receive({ type: "news", id: 1, news: one });
    expect(link.malformed).toBe(bad.length);
    expect(news).toEqual(good);
    link.receive({ type: "result", id: 1, value: true });
    expect(await asked).toBe(true);
  });

  test("may be anything, and disturbs nobody", async () => {
    const { link, ask } = open();
    const asked = ask();
    const type = fc.constantFrom("ready", "news", "alive", "result", "problem", "toString");
    const similar = fc.record(
      {
        type,
        id: fc.oneof(fc.integer({ min: 2 }), fc.anything()),
        news: fc.anything(),
        problem: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), similar), (message) => link.receive(message)));
    link.receive({ type: "result", id: 1, value: true });
    expect(await asked).toBe(true);
  });

  test("is ready once", async () => {
    const { link } = open();
    let ready = false;
    void link.ready.then(() => {
      ready = true;
    });
    await settled();
    expect(ready).toBe(false);
    link.receive({ type: "ready" });
    await link.ready;
    link.end(CRASHED);
    await link.ready;
  });
});
