import { expect, test } from "bun:test";
import { type SummaryShelf, summarize } from "../../../src/chat/context/summary.ts";
import { estimateText } from "../../../src/chat/context/text-tokens.ts";
import type { Message } from "../../../src/lib/conversation.ts";
import { plainTurns } from "./histories.ts";

const TOKENS = 200;
const PROMPT = 2000;

function recorder(known: [number, string][] = []) {
  const prompts: string[] = [];
  const kept = new Map(known);
  const shelf: SummaryShelf = {
    get: (count) => kept.get(count),
    put: (count, text) => kept.set(count, text),
  };
  const ask = async (prompt: string) => `notes ${prompts.push(prompt)}`;
  const run = (messages: readonly Message[], count: number) =>
    summarize(messages, count, { shelf, ask, tokens: TOKENS, promptTokens: PROMPT });
  return { prompts, kept, run };
}

test("a short beginning is one request, which holds all that was said", async () => {
  const { prompts, kept, run } = recorder();
  const messages: Message[] = [
    {
      role: "user",
      blocks: [
        { type: "text", text: "look" },
        { type: "media", mediaType: "image/png", data: "", name: "a.png" },
      ],
    },
    {
      role: "assistant",
      blocks: [
        { type: "thinking", text: "hm" },
        { type: "tool_call", id: "1", name: "read", arguments: { path: "/a" } },
      ],
    },
    { role: "user", blocks: [{ type: "tool_result", callId: "1", content: "gone", isError: true }] },
    { role: "assistant", blocks: [{ type: "text", text: "it is gone" }] },
    { role: "user", blocks: [{ type: "text", text: "later" }] },
  ];
  expect(await run(messages, 4)).toBe("notes 1");
  expect(prompts).toHaveLength(1);
  expect(prompts[0]).toContain(
    '<conversation>\nUser: look\nUser: [a.png, image/png, 0 bytes]\nAssistant calls read: {"path":"/a"}\n' +
      "Error: gone\nAssistant: it is gone\n</conversation>",
  );
  expect(prompts[0]).toContain("at most 120 words");
  expect([...kept]).toEqual([[4, "notes 1"]]);
});

test("what is known is not asked for", async () => {
  const { prompts, run } = recorder([[8, "known"]]);
  expect(await run(plainTurns(4), 8)).toBe("known");
  expect(prompts).toEqual([]);
});

test("a longer beginning is read from where the notes end", async () => {
  const { prompts, run } = recorder([
    [4, "old"],
    [8, "newer"],
    [16, "beyond"],
  ]);
  expect(await run(plainTurns(4), 12)).toBe("notes 1");
  expect(prompts[0]).toStartWith("<notes>\nnewer\n</notes>");
  expect(prompts[0]).not.toContain("question 1 ");
  expect(prompts[0]).toContain("question 2 ");
  expect(prompts[0]).not.toContain("question 3 ");
});

test("what one prompt does not take is read in parts, each with the notes of those before", async () => {
  const { prompts, kept, run } = recorder();
  const messages = plainTurns(30);
  expect(await run(messages, 120)).toBe(`notes ${prompts.length}`);
  expect(prompts.length).toBeGreaterThan(1);
  for (const [index, prompt] of prompts.entries()) {
    expect(estimateText(prompt)).toBeLessThanOrEqual(PROMPT);
    if (index > 0) expect(prompt).toStartWith(`<notes>\nnotes ${index}\n</notes>`);
  }
  for (let turn = 0; turn < 30; turn++) {
    expect(prompts.filter((prompt) => prompt.includes(`question ${turn} `))).toHaveLength(1);
  }
  expect([...kept.keys()].at(-1)).toBe(120);
});

test("of what is very long the oldest is left out, and the notes say so", async () => {
  const { prompts, run } = recorder();
  await run(plainTurns(400), 1600);
  expect(prompts).toHaveLength(8);
  expect(prompts[0]).toContain("(A part of the conversation is missing here.)");
  expect(prompts.at(-1)).toContain("question 399 ");
});

test("a turn that is larger than a prompt is shortened", async () => {
  const { prompts, run } = recorder();
  const messages: Message[] = Array.from({ length: 10 }, (_, index) => ({
    role: index === 0 ? ("user" as const) : ("assistant" as const),
    blocks: [{ type: "text" as const, text: `${"long ".repeat(600)}` }],
  }));
  await run(messages, 10);
  expect(prompts).toHaveLength(1);
  expect(estimateText(prompts[0] ?? "")).toBeLessThanOrEqual(PROMPT);
  expect(prompts[0]).toContain("characters are left out here.)");
});

test("one that cannot be made is the asker's error, and what was made before it is kept", async () => {
  const kept = new Map<number, string>();
  const shelf: SummaryShelf = {
    get: (count) => kept.get(count),
    put: (count, text) => kept.set(count, text),
  };
  const ask = async (prompt: string) => {
    if (prompt.includes("question 20 ")) throw new Error("away");
    return "so far";
  };
  const made = summarize(plainTurns(30), 120, { shelf, ask, tokens: TOKENS, promptTokens: PROMPT });
  await expect(made).rejects.toThrow("away");
  expect(kept.size).toBeGreaterThan(0);
});
