/** Listening for changes on a stream that ends, against a client whose streams the test ends. */
import { expect, test } from "bun:test";
import type { Client, McpSubscription } from "@modelcontextprotocol/client";
import { keepListening } from "../../../src/mcp/client/tools/listen.ts";
import { FakeClock, settled } from "../../fixtures/fake-clock.ts";

type End = Awaited<McpSubscription["closed"]>;

function begin() {
  const clock = new FakeClock();
  const ends: ((end: End) => void)[] = [];
  // Of a client nothing but this is used.
  const client = {
    async listen() {
      const closed = Promise.withResolvers<End>();
      ends.push(closed.resolve);
      return { closed: closed.promise };
    },
  } as unknown as Client;
  const gaps: number[] = [];
  const over = new AbortController();
  const onGap = () => gaps.push(clock.now());
  let done = false;
  const listening = keepListening(client, { toolsListChanged: true }, { signal: over.signal, clock, onGap });
  void listening.then(() => {
    done = true;
  });
  return { clock, ends, gaps, over, listening, isDone: () => done };
}

test.each(["remote", "graceful"] as const)("a stream that ends as %s is opened again", async (end) => {
  const { clock, ends, gaps, over, listening } = begin();
  await settled();
  ends[0]?.(end);
  await clock.advance(1000);
  expect(ends).toHaveLength(2);
  expect(gaps).toEqual([1000]);
  over.abort();
  ends[1]?.("local");
  await listening;
});

test("a stream that we have closed is not", async () => {
  const { clock, ends, isDone } = begin();
  await settled();
  ends[0]?.("local");
  await clock.advance(60_000);
  expect(isDone()).toBe(true);
  expect(ends).toHaveLength(1);
});
