import { expect, test } from "bun:test";
import { askSampling, describeSampling } from "../../src/terminal/ask-sampling.ts";

const forever = new AbortController().signal;
const LONG = `begin ${"x".repeat(1000)} end`;
const QUESTION = {
  server: "books",
  system: "be brief",
  messages: [
    { role: "user", text: "one" },
    { role: "assistant", text: LONG },
    { role: "user", text: "three\u001b[2J\u202e" },
    { role: "user", text: "the last" },
  ],
  tools: ["look"],
  maxTokens: 50,
};

test("shows who asks for how much, and the beginnings of it", () => {
  const shown = describeSampling(QUESTION, false);
  expect(shown).toStartWith(
    "server books wants to ask your model, for at most 50 tokens:\n  system: be brief\n",
  );
  expect(shown).toContain("(1010 characters)");
  expect(shown).toContain("and 1 more");
  expect(shown).toContain("with its tools look");
  expect(shown).not.toContain("the last");
  for (const obeyed of ["\u001b", "\u202e"]) expect(shown).not.toContain(obeyed);
});

test("all of it can be seen before it is allowed", async () => {
  const keys = ["a", "o"];
  const screen: string[] = [];
  const editor = { print: (text: string) => void screen.push(text), key: async () => keys.shift() };
  expect(await askSampling(editor, QUESTION, forever)).toBe("once");
  expect(screen.join("\n")).toContain(LONG);
  expect(screen.join("\n")).toContain("the last");
});

test.each([
  ["o", "once"],
  ["y", "once"],
  ["s", "session"],
  ["n", "no"],
  [undefined, "no"],
] as const)("%p means %s", async (key, answer) => {
  expect(await askSampling({ print: () => {}, key: async () => key }, QUESTION, forever)).toBe(answer);
});
