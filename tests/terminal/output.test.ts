import { describe, expect, test } from "bun:test";
import { UserError } from "../../src/lib/errors.ts";
import { type OutputSink, openOutput } from "../../src/terminal/output.ts";

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A sink whose writes wait until they are let go. */
function slowSink() {
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const sink: OutputSink = {
    write(text) {
      written.push(text);
      return new Promise((resolve) => waiting.push(() => resolve(text.length)));
    },
    flush: () => 0,
  };
  return { sink, written, letGo: () => waiting.shift()?.() };
}

describe("standard output", () => {
  test("keeps the order and waits for a slow reader", async () => {
    const { sink, written, letGo } = slowSink();
    const write = openOutput({ onClosed: () => {}, sink });
    let done = 0;
    const both = [write("one"), write("two")].map((written) => written.then(() => done++));
    await Bun.sleep(0);
    expect(written).toEqual(["one"]);
    expect(done).toBe(0);
    letGo();
    await both[0];
    await Bun.sleep(0);
    expect(written).toEqual(["one", "two"]);
    letGo();
    await both[1];
    expect(done).toBe(2);
  });

  test("tells once that the reader has gone, and is silent from then on", async () => {
    let closed = 0;
    let writes = 0;
    const sink: OutputSink = {
      write() {
        writes++;
        return Promise.reject(failure("EPIPE"));
      },
      flush: () => 0,
    };
    const write = openOutput({ onClosed: () => closed++, sink });
    await write("one");
    await write("two");
    expect([closed, writes]).toEqual([1, 1]);
  });

  test("fails with one line when the disk is full", async () => {
    const sink: OutputSink = { write: () => 0, flush: () => Promise.reject(failure("ENOSPC")) };
    const write = openOutput({ onClosed: () => {}, sink });
    const error = await write("one").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain("cannot write to standard output (ENOSPC)");
  });
});
