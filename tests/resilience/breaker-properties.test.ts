/** Random stories of a circuit, against a second telling of its rules. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Circuit, Outcome } from "../../src/resilience/breaker.ts";
import { Bench, FAILED, NEUTRAL, SUCCEEDED } from "./breaker-bench.ts";

/** What happens to a circuit: time passes, requests come, and any of those under way ends. */
type Step =
  | { type: "wait"; ms: number }
  | { type: "request" }
  | { type: "end"; which: number; outcome: Outcome };

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(FAILED) },
  { weight: 3, arbitrary: fc.constant(SUCCEEDED) },
  fc.constant<Outcome>({ type: "answering" }),
  fc.constant(NEUTRAL),
  fc.integer({ min: 0, max: 90_000 }).map((waitMs): Outcome => ({ type: "neutral", waitMs })),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ type: "request" }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("end" as const), which: fc.nat(), outcome }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("wait" as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 150_000 })),
    }),
  },
);
/** Many at once, as few ever come to the interesting states otherwise. */
const burst = fc
  .array(fc.constantFrom(FAILED, FAILED, SUCCEEDED), { minLength: 1, maxLength: 14 })
  .map((outcomes) =>
    outcomes.flatMap((result): Step[] => [{ type: "request" }, { type: "end", which: 0, outcome: result }]),
  );
const story = fc
  .array(
    fc.oneof(
      step.map((one) => [one]),
      burst,
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.flat());

interface Underway {
  generation: number;
  isProbe: boolean;
}

/** The rules once more, told by what has happened instead of by states. */
class Model {
  /** What has counted since the circuit was last closed. */
  counted: boolean[] = [];
  lastAt = Number.NEGATIVE_INFINITY;

  begins(now: number): void {
    if (now - this.lastAt >= 60_000) this.counted = [];
  }

  /** Whether the circuit has to open. */
  count(failed: boolean, now: number): boolean {
    this.counted.push(failed);
    this.lastAt = now;
    const last = (count: number) => (this.counted.length < count ? [] : this.counted.slice(-count));
    const [five, ten] = [last(5), last(10)];
    if (!failed) return false;
    return (five.length > 0 && five.every(Boolean)) || ten.filter(Boolean).length >= 5;
  }

  closes(): void {
    this.counted = [];
    this.lastAt = Number.NEGATIVE_INFINITY;
  }
}

class Walk {
  readonly bench = new Bench();
  readonly model = new Model();
  readonly underway: Underway[] = [];
  notBefore = Number.NEGATIVE_INFINITY;

  take(one: Step): void {
    if (one.type === "wait") this.bench.now += one.ms;
    else if (one.type === "request") this.request();
    else if (this.underway.length > 0) this.end(one.which % this.underway.length, one.outcome);
  }

  get probes(): Underway[] {
    return this.underway.filter(
      (request) => request.isProbe && request.generation === this.bench.circuit.generation,
    );
  }

  request(): void {
    const before = this.bench.circuit;
    const admission = this.bench.admit();
    if (!admission.admitted) {
      expect(this.bench.circuit).toBe(before);
      return;
    }
    expect(this.bench.now).toBeGreaterThanOrEqual(this.notBefore);
    if (before.state === "open") {
      expect(this.bench.now).toBeGreaterThanOrEqual(before.until);
      expect(this.bench.circuit.state).toBe("half_open");
    } else {
      expect(before.state).toBe("closed");
      this.model.begins(this.bench.now);
    }
    this.underway.push({ generation: admission.generation, isProbe: before.state === "open" });
    if (this.bench.circuit.state === "half_open") expect(this.probes).toHaveLength(1);
  }

  end(index: number, result: Outcome): void {
    const request = this.underway[index];
    if (!request) return;
    if (result.type !== "answering") this.underway.splice(index, 1);
    const before = this.bench.circuit;
    this.bench.end(request.generation, result);
    const after = this.bench.circuit;
    const asked =
      result.type === "neutral" && result.waitMs !== undefined ? this.bench.now + result.waitMs : 0;
    this.notBefore = Math.max(this.notBefore, asked);
    if (request.generation !== before.generation || before.state === "open") {
      expect({ ...after, notBefore: 0 }).toEqual({ ...before, notBefore: 0 });
    } else if (before.state === "closed") this.ended(result, after);
    else this.probed(result, before, after);
    if (after.state === "open" && after !== before && before.state !== "open") this.checkTime(after);
  }

  ended(result: Outcome, after: Circuit): void {
    const counts = result.type === "failed" || result.type === "succeeded";
    const opens = counts && this.model.count(result.type === "failed", this.bench.now);
    expect(after.state).toBe(opens ? "open" : "closed");
  }

  probed(result: Outcome, before: Circuit, after: Circuit): void {
    const closes = result.type === "succeeded" || result.type === "answering";
    expect(after.state).toBe(closes ? "closed" : "open");
    if (closes) this.model.closes();
    if (result.type === "succeeded") this.model.count(false, this.bench.now);
    if (result.type === "neutral" && before.state === "half_open" && after.state === "open") {
      expect(after.until).toBe(before.until);
    }
  }

  checkTime(circuit: Circuit & { state: "open" }): void {
    if (circuit.until <= this.bench.now) return;
    const base = Math.min(100_000, 15_000 * 2 ** (circuit.openings - 1));
    expect(this.bench.openMs).toBeGreaterThanOrEqual(base);
    expect(this.bench.openMs).toBeLessThanOrEqual(Math.min(120_000, base * 1.2));
  }

  /** Whatever happened, and whoever hangs: once a probe is given up, time alone lets a request through. */
  checkHope(): void {
    const { probes, bench } = this;
    for (const { generation } of probes) bench.end(generation, NEUTRAL);
    bench.now += 120_000;
    expect(bench.admit().admitted).toBe(true);
  }
}

test("any story follows the rules", () => {
  let opened = 0;
  let probed = 0;
  fc.assert(
    fc.property(story, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (steps, random) => {
      const walk = new Walk();
      walk.bench.random = random;
      for (const one of steps) {
        walk.take(one);
        if (walk.bench.circuit.state === "open") opened++;
        if (walk.bench.circuit.state === "half_open") probed++;
      }
      walk.checkHope();
    }),
    { numRuns: 1000 },
  );
  // The stories get everywhere.
  expect(opened).toBeGreaterThan(100);
  expect(probed).toBeGreaterThan(20);
});
