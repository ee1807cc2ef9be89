import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { continuationOf, continued } from "../../src/chat/continuation.ts";
import type { ModelEvent } from "../../src/llm/port.ts";

const joined = (before: string, next: string) => before + continuationOf(before, next);

describe("an answer that broke off", () => {
  test.each([
    ["in a word", "The capital of Fra", "nce is Paris.", "The capital of France is Paris."],
    ["between words", "The capital", " of France", "The capital of France"],
    ["between words, with two blanks", "The capital ", " of France", "The capital of France"],
    ["after a sentence", "It is Paris.", "It lies on the Seine.", "It is Paris. It lies on the Seine."],
    ["after a paragraph", "One.\n\n", "\n\nTwo.", "One.\n\nTwo."],
    ["before a paragraph", "One.", "\n\nTwo.", "One.\n\nTwo."],
    ["between the newlines of a paragraph", "One.\n", "\nTwo.", "One.\n\nTwo."],
    ["before a heading", "One.", "## Two", "One.\n\n## Two"],
    ["within a list", "- one", "- two", "- one\n- two"],
    ["before a list", "These:", "- one", "These:\n\n- one"],
    ["within a list of lists", "- one\n", "  - two", "- one\n  - two"],
    ["within a table", "| a | b |", "| c | d |", "| a | b |\n| c | d |"],
    ["within code", "```js\nlet a = ", "1;\n```", "```js\nlet a = 1;\n```"],
    [
      "within code that is opened again",
      "```js\nlet a;\n",
      "```js\nlet b;\n```",
      "```js\nlet a;\nlet b;\n```",
    ],
    ["before the end of code", "```js\nlet a;", "```\nThat is all.", "```js\nlet a;\n```\nThat is all."],
    ["after code", "```js\nlet a;\n```", "\n\nThat is all.", "```js\nlet a;\n```\n\nThat is all."],
    [
      "and repeats its last words",
      "Once upon a time there was",
      "upon a time there was a king.",
      "Once upon a time there was a king.",
    ],
    ["before the end of what it quotes", 'He said "Hi.', '" and left.', 'He said "Hi." and left.'],
    ["before code within a line", "def f():\nx", "    return", "def f():\nx    return"],
    ["and comes back to a word by chance", "I say no", "no, never", "I say nono, never"],
  ])("%s", (_, before, next, whole) => {
    expect(joined(before, next)).toBe(whole);
  });

  test("keeps every word, whatever they are", () => {
    const words = (text: string) => text.replace(/\s+/g, "");
    fc.assert(
      fc.property(fc.lorem({ maxCount: 30 }), fc.nat(), (text, at) => {
        const cut = at % (text.length + 1);
        const whole = joined(text.slice(0, cut), text.slice(cut));
        // What looks like an echo is one: words of less than twelve letters are none.
        expect(words(text).length - words(whole).length).toBeLessThanOrEqual(600);
        expect(words(text).startsWith(words(text.slice(0, cut)))).toBe(true);
      }),
    );
  });
});

async function* stream(...texts: string[]): AsyncGenerator<ModelEvent> {
  for (const text of texts) yield { type: "text", text };
  yield { type: "done", stopReason: "end" };
}

async function textsOf(events: AsyncIterable<ModelEvent>): Promise<string[]> {
  const texts: string[] = [];
  for await (const event of events) if (event.type === "text") texts.push(event.text);
  return texts;
}

describe("its stream", () => {
  test("is held until it shows how it begins, and goes on as it comes", async () => {
    const events = stream("is Paris, ", "as everybody ", "knows", ".");
    expect(await textsOf(continued("The capital of France", events))).toEqual(
      ["is Paris, as everybody ", "knows", "."].with(0, "is Paris, as everybody "),
    );
  });

  test("leaves an echo out that comes in pieces", async () => {
    const events = stream("upon a time ", "there ", "was", " a king.");
    expect((await textsOf(continued("Once upon a time there was", events))).join("")).toBe(" a king.");
  });

  test("is told whole when it ends early", async () => {
    expect(await textsOf(continued("One.", stream("Two.")))).toEqual([" Two."]);
  });

  test("passes on what is no text at once", async () => {
    const types: string[] = [];
    const events = (async function* (): AsyncGenerator<ModelEvent> {
      yield { type: "text", text: "a" };
      yield { type: "thinking", text: "hm" };
      yield { type: "tool_call_start", id: "1", name: "t" };
      yield { type: "done", stopReason: "tool_calls" };
    })();
    for await (const { type } of continued("b", events)) types.push(type);
    expect(types).toEqual(["thinking", "text", "tool_call_start", "done"]);
  });
});
