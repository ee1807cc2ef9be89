/** Limits of time, and the time that does not count for them. */
import { describe, expect, test } from "bun:test";
import { Standstill, startLimit } from "../../../src/mcp/client/session/standstill.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";

/** A limit of a second, and how often it has ended. */
function limitOfOneSecond() {
  const clock = new FakeClock();
  const still = new Standstill();
  const ends: number[] = [];
  const start = () => startLimit(1000, still, clock, () => ends.push(clock.now()));
  return { clock, still, ends, start };
}

/** Work that goes on until it is told to end. */
function pausedBy(still: Standstill) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { done: still.during(() => promise), end: resolve, fail: reject };
}

describe("a limit", () => {
  test("ends once, in its time", async () => {
    const { clock, ends, start } = limitOfOneSecond();
    start();
    await clock.advance(999);
    expect(ends).toEqual([]);
    await clock.advance(5000);
    expect(ends).toEqual([1000]);
  });

  test("begins anew at a sign of life", async () => {
    const { clock, ends, start } = limitOfOneSecond();
    const limit = start();
    for (let sign = 0; sign < 5; sign++) {
      await clock.advance(900);
      limit.renew();
    }
    expect(ends).toEqual([]);
    await clock.advance(1000);
    expect(ends).toEqual([5500]);
  });

  test("that has ended is not renewed, and does not end again after a standstill", async () => {
    const { clock, still, ends, start } = limitOfOneSecond();
    const limit = start();
    await clock.advance(1000);
    limit.renew();
    const pause = pausedBy(still);
    pause.end();
    await pause.done;
    await clock.advance(5000);
    expect(ends).toEqual([1000]);
  });

  test("leaves no timer and hears of no standstill once it is cancelled", async () => {
    const { clock, still, ends, start } = limitOfOneSecond();
    start().cancel();
    const pause = pausedBy(still);
    pause.end();
    await pause.done;
    expect(clock.pending).toBe(0);
    await clock.advance(5000);
    expect(ends).toEqual([]);
  });
});

describe("a standstill", () => {
  test("adds its own length to a limit, and no more", async () => {
    const { clock, still, ends, start } = limitOfOneSecond();
    start();
    await clock.advance(600);
    const pause = pausedBy(still);
    await clock.advance(60_000);
    expect(ends).toEqual([]);
    pause.end();
    await pause.done;
    await clock.advance(399);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect(ends).toEqual([61_000]);
  });

  test("of several lasts until the last of them is over, one that fails as well", async () => {
    const { clock, still, ends, start } = limitOfOneSecond();
    start();
    const [first, second] = [pausedBy(still), pausedBy(still)];
    first.fail(new Error("declined"));
    await expect(first.done).rejects.toThrow("declined");
    await clock.advance(5000);
    expect(still.active).toBe(true);
    expect(ends).toEqual([]);
    second.end();
    await second.done;
    expect(still.active).toBe(false);
    await clock.advance(1000);
    expect(ends).toEqual([6000]);
  });

  test("holds for a limit that begins during it, and for a sign of life during it", async () => {
    const { clock, still, ends, start } = limitOfOneSecond();
    const pause = pausedBy(still);
    const limit = start();
    await clock.advance(5000);
    limit.renew();
    await clock.advance(5000);
    expect(ends).toEqual([]);
    expect(clock.pending).toBe(0);
    pause.end();
    await pause.done;
    await clock.advance(1000);
    expect(ends).toEqual([11_000]);
  });
});
