import { expect, test } from "bun:test";
import { contextLines, type Described, measureContext } from "../../../src/chat/context/describe.ts";
import type { Fit } from "../../../src/chat/context/fit.ts";
import type { Room } from "../../../src/chat/context/room.ts";
import type { Message } from "../../../src/lib/conversation.ts";

const messages: Message[] = [
  { role: "user", blocks: [{ type: "text", text: "read it" }] },
  { role: "assistant", blocks: [{ type: "tool_call", id: "1", name: "read", arguments: {} }] },
  {
    role: "user",
    blocks: [{ type: "tool_result", callId: "1", content: "word ".repeat(2000), isError: false }],
  },
  { role: "assistant", blocks: [{ type: "text", text: "done" }] },
];
const tool = { name: "read", description: "reads", inputSchema: { type: "object" } };
const room: Room = {
  window: 20_000,
  reserve: 5000,
  factor: 2,
  surroundings: 20,
  messages: 2300,
  budget: 7480,
};
const fit: Fit = { messages, head: 0, left: 0, shortened: 0, summarized: false };

const lines = (more: Partial<Described> = {}) =>
  contextLines(
    measureContext({
      name: "p/m",
      strategy: "smart",
      request: { messages, tools: [tool], system: "Be brief." },
      ...more,
    }),
  );

test("the parts are in a table, with numbers that can be read", () => {
  const [first, ...rest] = lines();
  expect(first).toMatch(/^p\/m: about 2,\d{3} tokens; nothing is left out$/);
  expect(new Set(rest.slice(0, -1).map((line) => line.length)).size).toBe(1);
  expect(rest.slice(0, -1).map((line) => line.slice(2, 15).trim())).toEqual([
    "system prompt",
    "1 tool",
    "user",
    "assistant",
    "tool results",
  ]);
  expect(rest.at(-1)).toBe("  4 messages");
});

test("with a window there is a percentage, of what the provider would count", () => {
  expect(lines({ room, fit })[0]).toMatch(
    /^p\/m: about 4,\d{3} of 20,000 tokens \(2\d %\), 5,000 are kept for the answer$/,
  );
  expect(lines({ room, fit }).at(-1)).toBe("  4 messages, none is left out");
});

test.each<[string, Partial<Fit>, Partial<Described>, string[]]>([
  ["some", { left: 3 }, {}, ["  3 of 4 messages are left out (smart)"]],
  [
    "one",
    { left: 1, shortened: 1 },
    {},
    ["  1 of 4 messages is left out (smart)", "  1 tool result shortened"],
  ],
  [
    "a summary",
    { left: 2, summarized: true },
    { strategy: "summarize" },
    ["  2 of 4 messages are left out (summarize), a summary stands for them"],
  ],
  [
    "a summary to come",
    { left: 2 },
    { strategy: "summarize", summaryToCome: true },
    ["  2 of 4 messages are left out (summarize), the model will be asked to summarize them"],
  ],
  [
    "no room for a summary",
    { left: 2 },
    { strategy: "summarize" },
    ["  2 of 4 messages are left out (summarize)"],
  ],
  ["too much", { tooLong: 9000 }, {}, ["  that is too much, whatever is left out"]],
])("what is left out is said: %s", (_, change, more, last) => {
  expect(lines({ room, fit: { ...fit, ...change }, ...more }).slice(-last.length)).toEqual(last);
});
