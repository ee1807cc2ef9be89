import { expect, test } from "bun:test";
import { limited, type RoomOptions, roomFor } from "../../../src/chat/context/room.ts";
import { tooLongError } from "../../../src/chat/context/too-long.ts";
import { ExitCode } from "../../../src/lib/errors.ts";
import type { ModelRequest } from "../../../src/llm/port.ts";

const request = (more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "m",
  messages: [{ role: "user", blocks: [{ type: "text", text: "hello" }] }],
  tools: [],
  ...more,
});

const room = (more: Partial<ModelRequest>, facts: RoomOptions["facts"], mostReserved?: number) =>
  roomFor(request(more), { provider: "p", facts, size: () => 10, ...(mostReserved && { mostReserved }) });

test.each<[string, Partial<ModelRequest>, RoomOptions["facts"], number | undefined, number]>([
  ["what was asked for", { maxTokens: 100 }, { contextWindow: 1000, maxOutput: 500 }, undefined, 100],
  ["at most half of the window", { maxTokens: 900 }, { contextWindow: 1000 }, undefined, 500],
  ["a quarter of a small window", {}, { contextWindow: 8192 }, undefined, 2048],
  ["a usual answer of a large one", {}, { contextWindow: 200_000 }, undefined, 8192],
  [
    "the longest answer that there is",
    {},
    { contextWindow: 400_000, maxOutput: 128_000 },
    undefined,
    128_000,
  ],
  ["a third of the window at most", {}, { contextWindow: 96_000, maxOutput: 64_000 }, undefined, 32_000],
  ["what the provider is told, where no more is known", {}, { contextWindow: 200_000 }, 32_000, 32_000],
  ["what the provider is told", {}, { contextWindow: 200_000, maxOutput: 64_000 }, 32_000, 32_000],
])("%s is kept for the answer", (_, more, facts, mostReserved, reserve) => {
  const found = room(more, facts, mostReserved);
  expect(found).toMatchObject({
    window: facts.contextWindow,
    reserve,
    factor: 1,
    messages: 10,
    surroundings: 0,
  });
  expect(found.budget).toBe(facts.contextWindow - reserve);
});

test("a limit is sent where the provider's own is too much for a small window, and nobody chose one", () => {
  const small = room({}, { contextWindow: 9000 }, 8192);
  expect(small).toMatchObject({ reserve: 3000, limit: 3000, budget: 6000 });
  expect(limited(request(), small)).toEqual(request({ maxTokens: 3000 }));
  const others = [
    room({}, { contextWindow: 32_000 }, 8192),
    room({}, { contextWindow: 9000 }),
    room({ maxTokens: 100 }, { contextWindow: 9000 }, 8192),
  ];
  for (const other of others) expect(limited(request(), other)).toEqual(request());
});

test("the system prompt and the tools are taken off the budget", () => {
  const plain = room({}, { contextWindow: 1000 });
  const full = room({ system: "Be brief." }, { contextWindow: 1000 });
  expect(full.surroundings).toBeGreaterThan(0);
  expect(full.budget).toBe(plain.budget - full.surroundings);
});

const tight = { window: 1000, reserve: 250, factor: 2, surroundings: 100, messages: 900, budget: 275 };

test("what is beyond the window by no more than estimates err is the provider's to judge", () => {
  expect(tooLongError("p/m", tight, 525)).toBeUndefined();
  expect(tooLongError("p/m", tight, 526)).toBeDefined();
});

test("a message that is too long says so, by how much, and what to do", () => {
  const error = tooLongError("p/org/m", tight, 900);
  expect(error).toMatchObject({
    kind: "too_long",
    code: "too_long",
    exitCode: ExitCode.refused,
    retry: "no",
  });
  const what = "the message alone is larger than the window of p/org/m (about 2000 of 1000 tokens)";
  expect(error?.message).toBe(what);
  expect(error?.advice).toBe(
    'send less, or choose a model with a larger window with -m, or correct models.settings."p/org/m".context_window',
  );
});

test("tools that are too many are not called a message", () => {
  const error = tooLongError("p/m", { ...tight, surroundings: 700 }, 10);
  expect(error?.message).toBe(
    "the system prompt and the tools leave no room in the window of p/m (about 1400 of 1000 tokens)",
  );
  expect(error?.advice).toStartWith("shorten it, offer fewer tools with --tool, or choose");
});
