import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatHistoryItem } from "node-llama-cpp";
import { fitHistory } from "../../../src/models/host/fit.ts";

/** A token a letter. */
const count = (history: readonly ChatHistoryItem[]) => JSON.stringify(history).length;
const user = (text: string): ChatHistoryItem => ({ type: "user", text });
const model = (text: string): ChatHistoryItem => ({ type: "model", response: [text] });
const system: ChatHistoryItem = { type: "system", text: "Be brief." };

test("what fits stays as it is", () => {
  const history = [system, user("hi"), model("")];
  expect(fitHistory(history, { contextSize: 1000, dropped: 0, count })).toMatchObject({
    history,
    dropped: 0,
  });
});

test("what was left out stays out", () => {
  const history = [system, user("one"), model("1"), user("two"), model("")];
  const fit = fitHistory(history, { contextSize: count(history) + 20, answer: 4, dropped: 1, count });
  expect(fit).toMatchObject({ history: [system, user("two"), model("")], dropped: 1 });
});

test("what was left out comes back where there is room for all, and in another conversation", () => {
  const history = [system, user("one"), model("1"), user("two"), model("")];
  expect(fitHistory(history, { contextSize: 1000, dropped: 1, count })).toMatchObject({
    history,
    dropped: 0,
  });
  const tight = count(history) + 20;
  expect(fitHistory(history, { contextSize: tight, answer: 4, dropped: 7, count })).toMatchObject({
    history,
    dropped: 0,
  });
});

test("a long conversation is counted a few times, not once a turn", () => {
  const history = Array.from({ length: 2000 }, (_, index) => [
    user(`question ${index}`),
    model("answer"),
  ]).flat();
  let counts = 0;
  const counting = (items: readonly ChatHistoryItem[]) => {
    counts++;
    return count(items);
  };
  expect(fitHistory(history, { contextSize: 2000, dropped: 0, count: counting })?.dropped).toBeGreaterThan(
    1900,
  );
  expect(counts).toBeLessThan(20);
});

test("a last turn that does not fit is no conversation", () => {
  expect(fitHistory([user("x".repeat(200))], { contextSize: 100, dropped: 0, count })).toBeUndefined();
});

const turns = fc.array(fc.tuple(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 })), {
  minLength: 1,
  maxLength: 20,
});

test("whole turns go, the oldest first; the system prompt and the last turn stay", () => {
  fc.assert(
    fc.property(turns, fc.integer({ min: 50, max: 3000 }), fc.nat(20), (said, contextSize, dropped) => {
      const history = [system, ...said.flatMap(([one, other]) => [user(one), model(other)])];
      const fit = fitHistory(history, { contextSize, dropped, count });
      const last = [system, ...history.slice(-2)];
      if (!fit) return expect(count(last)).toBeGreaterThanOrEqual(contextSize - 1);
      expect(fit.history).toEqual([system, ...history.slice(1 + fit.dropped * 2)]);
      expect(fit.history.length).toBeGreaterThanOrEqual(3);
      expect(count(fit.history)).toBeLessThan(contextSize);
      expect(fit.tokens).toBe(count(fit.history));
    }),
  );
});
