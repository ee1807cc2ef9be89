import { expect, test } from "bun:test";
import { pieceFor, threadsToTry } from "../../../src/models/host/bench.ts";

test.each([
  [0.1, 256],
  [4, 250],
  [100, 10],
  [5000, 1],
])("where a token takes %p ms, %i are read at once", (msPerToken, tokens) => {
  expect(pieceFor(msPerToken)).toBe(tokens);
});

test.each([
  [1, [1]],
  [2, [1, 2]],
  [6, [1, 2, 4, 5, 6]],
])("of %i threads these are tried", (most, tried) => {
  expect(threadsToTry(most)).toEqual(tried);
});
