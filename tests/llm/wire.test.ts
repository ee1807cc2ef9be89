/** Streams as bytes: where they are split does not matter, and no byte sequence throws or hangs. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ModelEvent } from "../../src/llm/port.ts";
import { framesOf } from "../fixtures/model-server/frames.ts";
import type { Wire } from "../fixtures/model-server/record.ts";
import { ask, failureOf, providerOver, textOf, WIRES } from "./ask.ts";

function sseResponse(parts: readonly Uint8Array[], fault?: Error): Response {
  const rest = [...parts];
  const body = new ReadableStream({
    // One at a time: an error throws away what waits in the queue.
    pull(controller) {
      const part = rest.shift();
      if (part) controller.enqueue(part);
      else if (fault) controller.error(fault);
      else controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function receive(wire: Wire, parts: readonly Uint8Array[], fault?: Error): Promise<ModelEvent[]> {
  return ask(providerOver(wire, () => Promise.resolve(sseResponse(parts, fault))));
}

function wholeAnswer(wire: Wire): Uint8Array {
  const { opening, pieces, closing } = framesOf(
    wire,
    {
      kind: "answer",
      thinking: "hm",
      text: ["Grüße ", "🌍\r\n", "data: x\n\n"],
      toolCalls: [{ name: "read", arguments: { path: "/ä", deep: [1, { two: null }] } }],
      usage: { input: 3, output: 4 },
    },
    "m",
  );
  return new TextEncoder().encode([...opening, ...pieces, ...closing].join(""));
}

/** Cuts `bytes` at the given places, in any order, some maybe twice. */
function split(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [0, ...places.map((place) => place % bytes.length).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

const runs = { numRuns: 150 };

describe.each([...WIRES])("%s", (wire) => {
  const bytes = wholeAnswer(wire);

  test("split at any byte, the events are the same", async () => {
    const expected = await receive(wire, [bytes]);
    expect(expected.at(-1)).toEqual({ type: "done", stopReason: "tool_calls" });
    expect(textOf(expected)).toBe("Grüße 🌍\r\ndata: x\n\n");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 20 }), async (places) => {
        expect(await receive(wire, split(bytes, places))).toEqual(expected);
      }),
      runs,
    );
  });

  test("broken off at any byte, it ends with one failure, and what came is a beginning", async () => {
    const whole = textOf(await receive(wire, [bytes]));
    const fault = fc.constantFrom(undefined, Object.assign(new Error("gone"), { code: "ECONNRESET" }));
    // Before the frame that carries the reason to stop, so that the answer is never complete.
    const stop = wire === "anthropic" ? '"stop_reason":"' : '"finish_reason":"';
    const latest = Buffer.from(bytes).indexOf(stop);
    await fc.assert(
      fc.asyncProperty(fc.nat(latest), fault, async (length, error) => {
        const events = await receive(wire, [bytes.subarray(0, length)], error);
        expect(["cut_off", "protocol"]).toContain(failureOf(events).kind);
        expect(whole).toStartWith(textOf(events));
        expect(events.filter((event) => event.type === "done" || event.type === "failed")).toHaveLength(1);
        expect(events.filter((event) => event.type === "tool_call" && event.invalidArguments)).toEqual([]);
      }),
      runs,
    );
  });

  test("a connection that breaks after the last word has lost nothing", async () => {
    const events = await receive(wire, [bytes], new Error("gone"));
    expect(events.at(-1)).toEqual({ type: "done", stopReason: "tool_calls" });
  });

  test("any bytes end in one failure, and nothing throws", async () => {
    const json = fc.json().map((value) => `event: message_start\ndata: ${value}\n\n`);
    const noise = fc.oneof(fc.string(), json, fc.constant("event: error\ndata: {}\n\n"));
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { maxLength: 5 }), async (parts) => {
        const events = await receive(
          wire,
          parts.map((part) => new TextEncoder().encode(part)),
        );
        expect(failureOf(events).message).toStartWith(`${wire}/loopback `);
      }),
      runs,
    );
  });

  test("fields of the wrong type count as absent", async () => {
    const strange =
      wire === "anthropic"
        ? [
            { type: "message_start", message: { usage: { input_tokens: "many" } } },
            { type: "content_block_start", index: 0, content_block: null },
            { type: "content_block_delta", index: 7, delta: { type: "text_delta", text: 5 } },
            { type: "content_block_delta", index: 7, delta: { type: "input_json_delta", partial_json: "{" } },
            { type: "content_block_stop" },
            { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: null },
          ]
        : [
            { choices: [] },
            { choices: [{ delta: { content: 5, tool_calls: "no" } }], usage: "none" },
            { choices: [{ delta: null }] },
            { choices: [{ finish_reason: "stop" }] },
          ];
    const lines = strange.map(
      (data) => `event: ${"type" in data ? data.type : "x"}\ndata: ${JSON.stringify(data)}\n\n`,
    );
    const events = await receive(wire, [new TextEncoder().encode(lines.join(""))]);
    expect(events).toEqual([{ type: "done", stopReason: "end" }]);
  });
});
