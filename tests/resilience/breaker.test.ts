import { describe, expect, test } from "bun:test";
import { Bench, FAILED, NEUTRAL, SUCCEEDED } from "./breaker-bench.ts";

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe("opens", () => {
  test("at five failures in a row, and not at four", () => {
    const bench = new Bench();
    bench.run(...times(4, FAILED));
    expect(bench.circuit.state).toBe("closed");
    bench.run(FAILED);
    expect(bench.circuit).toMatchObject({ state: "open", why: "it failed" });
  });

  test("at half of the last ten, and not before there are ten", () => {
    const bench = new Bench();
    bench.run(...times(4, [FAILED, SUCCEEDED]).flat(), FAILED);
    expect(bench.circuit.state).toBe("closed");
    bench.run(SUCCEEDED);
    // A success never opens it.
    expect(bench.circuit.state).toBe("closed");
    bench.run(FAILED);
    expect(bench.circuit.state).toBe("open");
  });

  test("not at four of the last ten, for as long as it stays at that", () => {
    const bench = new Bench();
    for (let n = 0; n < 20; n++) {
      bench.run(FAILED, FAILED, SUCCEEDED, SUCCEEDED, SUCCEEDED);
      expect(bench.circuit.state).toBe("closed");
    }
  });

  test("neutral outcomes neither count nor break a row", () => {
    const bench = new Bench();
    bench.run(FAILED, FAILED, NEUTRAL, FAILED, NEUTRAL, NEUTRAL, FAILED);
    expect(bench.circuit.state).toBe("closed");
    bench.run(FAILED);
    expect(bench.circuit.state).toBe("open");
  });

  test("failures are forgotten after a minute", () => {
    const bench = new Bench();
    bench.run(...times(4, FAILED));
    bench.now += 60_000;
    bench.run(FAILED);
    expect(bench.circuit.state).toBe("closed");
    bench.now += 59_999;
    bench.run(...times(4, FAILED));
    expect(bench.circuit.state).toBe("open");
  });

  test("a far end that lets everybody wait for half a minute is one that fails in a row", () => {
    const bench = new Bench();
    for (let attempt = 0; attempt < 5; attempt++) {
      const generation = bench.request();
      bench.now += 30_000;
      bench.end(generation, FAILED);
    }
    expect(bench.circuit.state).toBe("open");
  });
});

describe("while open", () => {
  function opened(): Bench {
    const bench = new Bench();
    bench.run(...times(5, FAILED));
    return bench;
  }

  test("everything is refused for 15 s, with the time and the reason", () => {
    const bench = opened();
    const until = bench.now + 15_000;
    bench.now = until - 1;
    expect(bench.admit()).toMatchObject({
      admitted: false,
      refusal: { reason: "open", why: "it failed", retryAt: until },
    });
    bench.now = until;
    expect(bench.admit().admitted).toBe(true);
  });

  test("then one probe: the others are refused while it is under way", () => {
    const bench = opened();
    bench.now += 15_000;
    const probe = bench.request();
    expect(bench.admit()).toMatchObject({ refusal: { reason: "probing" } });
    bench.now += 3_600_000;
    expect(bench.admit()).toMatchObject({ refusal: { reason: "probing" } });
    bench.end(probe, SUCCEEDED);
    expect(bench.circuit).toMatchObject({ state: "closed", recent: ["success"] });
  });

  test("a probe that is answered lets the others through before its answer is over", () => {
    const bench = opened();
    bench.now += 15_000;
    const probe = bench.request();
    bench.end(probe, { type: "answering" });
    expect(bench.circuit).toMatchObject({ state: "closed", recent: [] });
    bench.request();
    bench.end(probe, FAILED);
    expect(bench.circuit).toMatchObject({ state: "closed", recent: ["failure"] });
  });

  test("a probe that is given up is released: the next request is the probe", () => {
    const bench = opened();
    bench.now += 15_000;
    for (let n = 0; n < 10; n++) bench.run(NEUTRAL);
    expect(bench.circuit).toMatchObject({ state: "open", openings: 1 });
    bench.run(SUCCEEDED);
    expect(bench.circuit.state).toBe("closed");
  });

  test.each([
    [0, [15_000, 30_000, 60_000, 100_000, 100_000]],
    [1, [18_000, 36_000, 72_000, 120_000, 120_000]],
  ])("each probe that fails doubles the time, up to two minutes (jitter %p)", (random, expected) => {
    const bench = new Bench();
    bench.random = random;
    bench.run(...times(5, FAILED));
    const seen = expected.map(() => {
      const { openMs } = bench;
      bench.now += openMs;
      bench.run(FAILED);
      return openMs;
    });
    expect(seen).toEqual(expected);
  });

  test("after it closed it begins at 15 s again", () => {
    const bench = opened();
    bench.now += 15_000;
    bench.run(FAILED);
    expect(bench.openMs).toBe(30_000);
    bench.now += 30_000;
    bench.run(SUCCEEDED, ...times(5, FAILED));
    expect(bench.openMs).toBe(15_000);
  });

  test("what failed slowly from before does not count", () => {
    const bench = new Bench();
    const slow = times(5, 0).map(() => bench.request());
    bench.run(...times(5, FAILED));
    const { circuit } = bench;
    for (const generation of slow.slice(0, 2)) bench.end(generation, FAILED);
    expect(bench.circuit).toBe(circuit);
    bench.now += 15_000;
    bench.run(SUCCEEDED);
    const closed = bench.circuit;
    for (const generation of slow.slice(2)) bench.end(generation, FAILED);
    expect(bench.circuit).toBe(closed);
  });

  test("a success from before does not close it", () => {
    const bench = new Bench();
    const slow = bench.request();
    bench.run(...times(5, FAILED));
    bench.end(slow, SUCCEEDED);
    expect(bench.circuit.state).toBe("open");
  });
});

describe("a wait that the far end asked for", () => {
  test("holds for everybody, and counts for nothing", () => {
    const bench = new Bench();
    bench.run({ type: "neutral", waitMs: 12_000 });
    expect(bench.circuit).toMatchObject({ state: "closed", recent: [] });
    expect(bench.admit()).toMatchObject({
      refusal: { reason: "asked_to_wait", retryAt: bench.now + 12_000 },
    });
    bench.now += 11_999;
    expect(bench.admit().admitted).toBe(false);
    bench.now += 1;
    expect(bench.admit().admitted).toBe(true);
  });

  test("is not made shorter by a later one", () => {
    const bench = new Bench();
    const [first, second] = [bench.request(), bench.request()];
    bench.end(first, { type: "neutral", waitMs: 12_000 });
    bench.end(second, { type: "neutral", waitMs: 1000 });
    bench.now += 11_999;
    expect(bench.admit().admitted).toBe(false);
  });

  test("an open circuit waits for both times", () => {
    const bench = new Bench();
    const slow = bench.request();
    bench.run(...times(5, FAILED));
    bench.end(slow, { type: "neutral", waitMs: 40_000 });
    expect(bench.admit()).toMatchObject({ refusal: { reason: "open", retryAt: bench.now + 40_000 } });
    bench.now += 20_000;
    expect(bench.admit()).toMatchObject({ refusal: { reason: "asked_to_wait" } });
  });
});
