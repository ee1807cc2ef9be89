import { describe, expect, test } from "bun:test";
import { describeProgress, Speed, tellProgress } from "../../src/commands/models-progress.ts";
import { PullError } from "../../src/models/pull/problem.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";

test.each([
  [0, 4_100_000_000, undefined, "0 % of 4.1 GB"],
  [1_845_000_000, 4_100_000_000, 12_000_000, "45 % of 4.1 GB, 12 MB/s, 3 min 8 s left"],
  [10, undefined, 5, "10 B, 5 B/s"],
  [0, 0, undefined, "0 % of 0 B"],
  [1, 2, 0, "50 % of 2 B, 0 B/s"],
])("%p of %p at %p is %s", (bytes, total, perSecond, text) => {
  expect(describeProgress(bytes, total, perSecond)).toBe(text);
});

describe("the speed", () => {
  test("is that of the last ten seconds", () => {
    const speed = new Speed();
    speed.add(0, 1_000_000);
    expect(speed.perSecond()).toBeUndefined();
    for (let second = 1; second <= 20; second++) speed.add(second * 1000, 1_000_000 + second * 100);
    expect(speed.perSecond()).toBe(100);
    for (let second = 21; second <= 40; second++) speed.add(second * 1000, 1_002_000 + (second - 20) * 500);
    expect(speed.perSecond()).toBe(500);
  });

  test("of what goes nowhere falls", () => {
    const speed = new Speed();
    speed.add(0, 0);
    speed.add(1000, 1000);
    speed.add(10_000, 1000);
    expect(speed.perSecond()).toBe(100);
  });
});

function rig(withTerminal: boolean) {
  const clock = new FakeClock();
  const told: string[] = [];
  const line = { show: (text: string) => void told.push(`~ ${text}`), clear: () => void told.push("~") };
  const notify = (_level: string, text: string) => void told.push(text);
  const progress = tellProgress({ line: withTerminal ? line : undefined, notify, clock });
  progress.tell({ type: "planned", name: "m", parts: 1, bytes: 1000 });
  const come = (bytes: number) => progress.tell({ type: "progress", bytes, totalBytes: 1000 });
  return { clock, told, progress, come };
}

describe("without a terminal", () => {
  test("a line comes for each tenth, and not for each of a quick one", async () => {
    const { clock, told, come } = rig(false);
    for (let bytes = 0; bytes <= 1000; bytes += 50) come(bytes);
    expect(told).toEqual([]);
    for (let bytes = 0; bytes <= 1000; bytes += 5) {
      await clock.advance(100);
      come(bytes);
    }
    expect(told).toHaveLength(9);
    expect(told[0]).toMatch(/^10 % of 1.0 kB, \d+ B\/s, \d+ s left: m$/);
  });

  test("what goes wrong on the way is told at once", () => {
    const { told, progress } = rig(false);
    progress.tell({ type: "restarted", why: "the server begins anew" });
    const error = new PullError("unavailable", "it broke");
    progress.tell({ type: "retrying", retrying: { error, attempt: 2, delayMs: 1234 } });
    progress.end();
    expect(told).toEqual([
      "m is pulled from its beginning: the server begins anew",
      "it broke; trying again in 1.2 s (attempt 2)",
    ]);
  });
});

test("on a terminal the line is drawn ten times a second, and gone before anything else is told", async () => {
  const { clock, told, progress, come } = rig(true);
  come(1);
  come(2);
  await clock.advance(150);
  come(500);
  progress.tell({ type: "checking", bytes: 5, totalBytes: 10 });
  progress.tell({ type: "restarted", why: "so" });
  progress.end();
  expect(told).toEqual([
    "~ 0 % of 1.0 kB: m",
    "~ 50 % of 1.0 kB: m",
    "~ checking what is there: 50 % of 10 B",
    "~",
    "m is pulled from its beginning: so",
    "~",
  ]);
});
