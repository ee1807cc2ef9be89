import { expect, test } from "bun:test";
import { Comeback } from "../../src/mcp/client/comeback.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";

/** A server that is away at each try, and the times of those. */
function missing() {
  const clock = new FakeClock();
  const tries: number[] = [];
  const comeback = new Comeback(() => {
    tries.push(clock.now() / 1000);
    comeback.missed();
  }, clock);
  comeback.missed();
  return { clock, tries, comeback };
}

test("a server that is away is tried after 15 s, and then after twice as long, up to five minutes", async () => {
  const { clock, tries } = missing();
  await clock.advance(1_500_000);
  expect(tries).toEqual([15, 45, 105, 225, 465, 765, 1065, 1365]);
});

test("who wants it has it tried, but not twice within three seconds, nor while it is being tried", async () => {
  const { clock, tries, comeback } = missing();
  comeback.want();
  expect(tries).toEqual([]);
  await clock.advance(3000);
  comeback.want();
  comeback.want();
  expect(tries).toEqual([3]);
  expect(clock.pending).toBe(1);
});

test.each(["end", "close"] as const)("after its %s no try is left", async (end) => {
  const { clock, tries, comeback } = missing();
  comeback[end]();
  comeback.want();
  await clock.advance(60_000);
  expect(tries).toEqual([]);
  expect(clock.pending).toBe(0);
  comeback.missed();
  expect(clock.pending).toBe(end === "end" ? 1 : 0);
});
