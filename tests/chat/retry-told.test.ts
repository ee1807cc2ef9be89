import { expect, test } from "bun:test";
import { tell } from "../../src/chat/report/text.ts";

test.each([
  [0, "at once"],
  [49, "at once"],
  [50, "in 0.1 s"],
  [1500, "in 1.5 s"],
])("a wait of %d ms is told as %s", (delayMs, when) => {
  const told: string[] = [];
  tell({ type: "retry", attempt: 2, delayMs, reason: "it broke" }, (_, line) => void told.push(line));
  expect(told).toEqual([`it broke; trying again ${when} (attempt 2)`]);
});
