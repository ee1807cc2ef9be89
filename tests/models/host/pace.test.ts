import { expect, test } from "bun:test";
import fc from "fast-check";
import { firstPace, nextPace, type Pace } from "../../../src/models/host/pace.ts";

/** What a process gets of a machine whose processors others use in part: what it asks for, or what is left. */
function run(
  most: number,
  free: (ms: number) => number,
  steps: number,
  speed = (threads: number, got: number) => (got < threads ? 1 : threads * 4),
): Pace[] {
  const paces = [firstPace(most)];
  for (let step = 1; step <= steps; step++) {
    const last = paces.at(-1) ?? firstPace(most);
    const nowMs = step * 60;
    const got = Math.min(last.threads, free(nowMs));
    paces.push(nextPace(last, { nowMs, processors: got, tokens: speed(last.threads, got) }, most));
  }
  return paces;
}

const threads = (paces: readonly Pace[]) => paces.map((pace) => pace.threads);

test("alone on the machine, all threads are used all the time", () => {
  expect(new Set(threads(run(4, () => 4, 100)))).toEqual(new Set([4]));
});

test("where others work, it is down at the next step, and tries again more and more seldom", () => {
  const used = threads(run(2, () => 1.3, 1000));
  expect(used.slice(0, 2)).toEqual([2, 1]);
  const tries = used.filter((count) => count === 2).length;
  expect(tries).toBeGreaterThan(3);
  expect(tries).toBeLessThan(12);
});

test("once the others have gone, all threads are used again", () => {
  expect(threads(run(8, (ms) => (ms < 3000 ? 2.5 : 8), 400)).at(-1)).toBe(8);
});

test("where fewer threads are no faster, they are given back at once, and hardly tried again", () => {
  // A model whose threads rest between its steps looks as if others were at work.
  const used = threads(
    run(
      2,
      () => 1.3,
      1000,
      (count) => count * 4,
    ),
  );
  expect(used.filter((count) => count === 1).length).toBeLessThan(15);
});

test("never more than there may be, never fewer than one", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.array(fc.float({ min: 0, max: 16, noNaN: true })),
      (most, got) => {
        const used = threads(run(most, (ms) => got[ms / 60] ?? 0, got.length));
        expect(used.every((count) => count >= 1 && count <= most)).toBe(true);
      },
    ),
  );
});
