import { describe, expect, test } from "bun:test";
import { startWatchdog } from "../../src/resilience/watchdog.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";

const LIMITS = { firstMs: 30, quietMs: 60 };
const never = () => new Promise<never>(() => {});

function start(limits = LIMITS) {
  const clock = new FakeClock();
  const controller = new AbortController();
  const watchdog = startWatchdog(limits, controller.signal, clock);
  return { clock, controller, watchdog };
}

/** What a wait came to, or "waiting". */
async function stateOf(wait: Promise<unknown>): Promise<unknown> {
  await settled();
  return Promise.race([wait, Promise.resolve("waiting")]);
}

describe("watchdog", () => {
  test("the first sign of life has its own limit", async () => {
    const { clock, watchdog } = start();
    const wait = watchdog.wait(never());
    await clock.advance(29);
    expect(await stateOf(wait)).toBe("waiting");
    await clock.advance(1);
    expect(await stateOf(wait)).toEqual({ kind: "expired", limit: "first" });
  });

  test("each sign of life starts the silence anew", async () => {
    const { clock, watchdog } = start();
    const wait = watchdog.wait(never());
    for (let sign = 0; sign < 5; sign++) {
      await clock.advance(25);
      watchdog.alive();
    }
    await clock.advance(59);
    expect(await stateOf(wait)).toBe("waiting");
    await clock.advance(1);
    expect(await stateOf(wait)).toEqual({ kind: "expired", limit: "quiet" });
  });

  test("a quiet limit below the first one holds from the first sign on", async () => {
    const { clock, watchdog } = start({ firstMs: 1000, quietMs: 10 });
    const wait = watchdog.wait(never());
    await clock.advance(500);
    watchdog.alive();
    await clock.advance(10);
    expect(await stateOf(wait)).toEqual({ kind: "expired", limit: "quiet" });
  });

  test("time in which nobody waits does not count", async () => {
    const { clock, watchdog } = start();
    expect(await watchdog.wait(Promise.resolve(1))).toEqual({ kind: "value", value: 1 });
    watchdog.alive();
    await clock.advance(10_000);
    const wait = watchdog.wait(never());
    await clock.advance(59);
    expect(await stateOf(wait)).toBe("waiting");
    await clock.advance(1);
    expect(await stateOf(wait)).toEqual({ kind: "expired", limit: "quiet" });
  });

  test("what settles late does not disarm the next wait", async () => {
    const { clock, watchdog } = start();
    const late = Promise.withResolvers<number>();
    const first = watchdog.wait(late.promise);
    await clock.advance(30);
    expect(await first).toEqual({ kind: "expired", limit: "first" });
    const second = watchdog.wait(never());
    late.resolve(1);
    await clock.advance(30);
    expect(await stateOf(second)).toEqual({ kind: "expired", limit: "first" });
  });

  test("an abort ends the wait, and the ones after it", async () => {
    const { controller, watchdog } = start();
    const wait = watchdog.wait(never());
    controller.abort();
    expect(await wait).toEqual({ kind: "expired", limit: "aborted" });
    expect(await watchdog.wait(never())).toEqual({ kind: "expired", limit: "aborted" });
  });

  test("a rejection is passed on", async () => {
    const { watchdog } = start();
    await expect(watchdog.wait(Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });

  test("no timer is left", async () => {
    const { clock, watchdog } = start();
    await clock.advance(1000);
    watchdog.stop();
    expect(clock.pending).toBe(0);
  });
});
