/** What an answer that is given up has used so far is told, and nothing waits long for it. */
import { describe, expect, test } from "bun:test";
import { ProviderError } from "../../src/llm/errors.ts";
import { guarded } from "../../src/llm/guard.ts";
import type { ModelEvent, Provider } from "../../src/llm/port.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import { failureOf, gather, providerAt, requestOf, textOf, WIRES } from "./ask.ts";

const TEXT: ModelEvent = { type: "text", text: "hi" };
const USAGE: ModelEvent = { type: "usage", usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 } };

/** Says something, and then nothing until it is stopped: then it tells of its tokens, or goes on to do something else. */
function stoppable(then: "tells" | "hangs" | "throws" | "chatters") {
  const asked = Promise.withResolvers<void>();
  const provider: Provider = {
    name: "stoppable",
    async *stream(_request, signal) {
      yield TEXT;
      asked.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      if (then === "throws") throw new Error("never mind");
      if (then === "hangs") await new Promise(() => {});
      while (then === "chatters") yield TEXT;
      yield TEXT;
      yield USAGE;
      yield { type: "failed", error: new ProviderError("aborted", "stopped") };
    },
  };
  return { provider, asked: asked.promise };
}

test.each([
  ["tells", 0, ["text", "usage", "failed"]],
  ["throws", 0, ["text", "failed"]],
  ["hangs", 50, ["text", "failed"]],
] as const)("a provider that %s then is given %d ms", async (then, ms, types) => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const { provider, asked } = stoppable(then);
  const events = gather(guarded(provider, { clock }).stream(requestOf(), controller.signal));
  await asked;
  controller.abort(new Error("Ctrl-C"));
  // Time stands still where none is needed.
  await clock.advance(ms);
  expect((await events).map(({ type }) => type)).toEqual([...types]);
  expect(failureOf(await events).kind).toBe("aborted");
  expect(clock.pending).toBe(0);
});

test("a provider that never stops to talk is not listened to for ever", async () => {
  const controller = new AbortController();
  const { provider, asked } = stoppable("chatters");
  const events = gather(guarded(provider).stream(requestOf(), controller.signal));
  await asked;
  controller.abort(new Error("Ctrl-C"));
  expect(failureOf(await events).kind).toBe("aborted");
  expect(textOf(await events)).toBe("hi");
});

test("of what stalls it is told what is known of its tokens", async () => {
  const { provider } = stoppable("tells");
  const clock = new FakeClock();
  const retry = { attempts: 1, baseMs: 1, capMs: 1, longestAskedMs: 1 };
  const gathered = gather(
    guarded(provider, { clock, retry }).stream(requestOf(), new AbortController().signal),
  );
  await clock.advance(600_000);
  const events = await gathered;
  expect(events.map(({ type }) => type)).toEqual(["text", "usage", "failed"]);
  expect(failureOf(events).kind).toBe("idle");
  expect(clock.pending).toBe(0);
});

describe.each([...WIRES])("%s over the wire", (wire) => {
  test("an answer that is stopped has used what its provider told at its beginning", async () => {
    const usage = { input: 321, output: 1 };
    const server = startModelServer([{ kind: "answer", text: "so far", usage, ending: "stall" }]);
    const controller = new AbortController();
    const events: ModelEvent[] = [];
    for await (const event of guarded(providerAt(wire, server)).stream(requestOf(), controller.signal)) {
      events.push(event);
      if (event.type === "text") controller.abort(new Error("Ctrl-C"));
    }
    expect(failureOf(events).kind).toBe("aborted");
    const told = events.filter(({ type }) => type === "usage");
    // The other tells at the end only.
    if (wire === "anthropic") expect(told).toMatchObject([{ usage: { input: 321 } }]);
    else expect(told).toEqual([]);
    await server.stop();
  });
});
