/** What comes in bursts: few pieces pass as they are, many are put together, and nothing is lost or held back. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { inBursts } from "../../src/llm/burst.ts";
import type { ModelEvent } from "../../src/llm/port.ts";
import { says } from "../fixtures/model-server/script.ts";
import { ask, gather, providerAt, serving, textOf, WIRES } from "./ask.ts";

const text = (letters: string): ModelEvent => ({ type: "text", text: letters });

/** Reads as the SDKs do: more is asked for when all chunks of one read were taken. */
function source(reads: readonly (readonly ModelEvent[])[], fault?: Error) {
  let hunger = Promise.withResolvers<void>();
  const wire = { reads: 0, starved: hunger.promise };
  async function* chunks(): AsyncGenerator<ModelEvent> {
    for (const read of reads) {
      hunger.resolve();
      hunger = Promise.withResolvers();
      wire.starved = hunger.promise;
      wire.reads++;
      // As from a socket: later, and not in this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      yield* read;
    }
    if (fault) throw fault;
  }
  return { chunks: chunks(), wire };
}

function burst(reads: readonly (readonly ModelEvent[])[], fault?: Error): AsyncIterable<ModelEvent> {
  const { chunks, wire } = source(reads, fault);
  // Each chunk is an event already.
  return inBursts(chunks, (chunk) => [chunk as ModelEvent], wire);
}

const letters = (count: number) => Array.from({ length: count }, (_, index) => text(`${index} `));
const spelled = (count: number) => textOf(letters(count));

describe("the pieces of one read", () => {
  test("pass as they are while they are few", async () => {
    expect(await gather(burst([letters(16), letters(3)]))).toEqual([...letters(16), ...letters(3)]);
  });

  test("are put together past the first ones, and all of them while many come", async () => {
    const events = await gather(burst([letters(300), letters(20), letters(4), letters(4)]));
    expect(events).toHaveLength(16 + 1 + 1 + 1 + 4);
    expect(textOf(events)).toBe(spelled(300) + spelled(20) + spelled(4) + spelled(4));
  });

  test("are out before more is waited for", async () => {
    const silence = Promise.withResolvers<never>();
    const { chunks, wire } = source([letters(40)]);
    async function* stalled(): AsyncGenerator<unknown> {
      yield* chunks;
      hungry.resolve();
      yield await silence.promise;
    }
    const hungry = Promise.withResolvers<void>();
    const events = inBursts(stalled(), (chunk) => [chunk as ModelEvent], {
      get reads() {
        return wire.reads;
      },
      starved: hungry.promise,
    });
    let seen = "";
    for await (const event of events) {
      seen += textOf([event]);
      if (seen === spelled(40)) break;
      // The rest of the stream never comes: leaving ends the test, waiting would not.
      if (seen.length > spelled(40).length) throw new Error(seen);
    }
    expect(seen).toBe(spelled(40));
  });

  test("are out before the failure that ends them", async () => {
    const events: ModelEvent[] = [];
    const run = async () => {
      for await (const event of burst([letters(40)], new Error("cut"))) events.push(event);
    };
    await expect(run()).rejects.toThrow("cut");
    expect(textOf(events)).toBe(spelled(40));
  });

  test("of calls, thoughts and text are kept apart, whatever their order", async () => {
    const piece = fc.oneof(
      fc.string().map(text),
      fc.record({ type: fc.constant("thinking" as const), text: fc.string() }),
      fc.record({
        type: fc.constant("thinking" as const),
        text: fc.string(),
        signature: fc.constant("s"),
      }),
      fc.record({
        type: fc.constant("tool_call_arguments" as const),
        id: fc.constantFrom("a", "b"),
        delta: fc.string(),
      }),
      fc.constant<ModelEvent>({ type: "tool_call_start", id: "a", name: "read" }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(piece, { maxLength: 60 }), { maxLength: 4 }), async (reads) => {
        expect(merged(await gather(burst(reads)))).toEqual(merged(reads.flat()));
      }),
      { numRuns: 200 },
    );
  });
});

/** The same however the pieces were cut: neighbours of one kind as one. */
function merged(events: readonly ModelEvent[]): string[] {
  const lines: { kind: string; content: string; over: boolean }[] = [];
  for (const event of events) {
    const id = "id" in event ? event.id : "";
    const content = event.type === "tool_call_arguments" ? event.delta : "text" in event ? event.text : "";
    const over = event.type === "tool_call_start" || ("signature" in event && event.signature !== undefined);
    const last = lines.at(-1);
    const kind = `${event.type} ${id}`;
    if (last?.kind === kind && !last.over) Object.assign(last, { content: last.content + content, over });
    else lines.push({ kind, content, over });
  }
  return lines.map(({ kind, content, over }) => `${kind} ${content} ${over}`);
}

test.each([...WIRES])("a long answer of %s at once is whole, in few events", async (wire) => {
  const pieces = Array.from({ length: 5_000 }, (_, index) => `${index} `);
  await serving([says(pieces)], async (server) => {
    const events = await ask(providerAt(wire, server));
    expect(textOf(events)).toBe(pieces.join(""));
    expect(events.length).toBeLessThan(2_500);
    expect(events.at(-1)).toEqual({ type: "done", stopReason: "end" });
  });
});
