import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { estimateMessage } from "../../../src/chat/context/estimate.ts";
import { type Fit, type FitOptions, fitContext } from "../../../src/chat/context/fit.ts";
import type { ContextStrategy } from "../../../src/config/configuration.ts";
import type { Block, Message } from "../../../src/lib/conversation.ts";
import { transcriptOf } from "../../../src/llm/transcript.ts";
import { history, plainTurns } from "./histories.ts";

const STRATEGIES: readonly ContextStrategy[] = ["sliding_window", "smart", "summarize"];
const SUMMARY = "they spoke of many things";

const tokensOf = (messages: readonly Message[]) =>
  messages.reduce((sum, message) => sum + estimateMessage(message), 0);

function fitted(messages: readonly Message[], strategy: ContextStrategy, budget: number): Promise<Fit> {
  const options: FitOptions = { strategy, budget, summarize: async () => SUMMARY };
  return fitContext(messages, options);
}

/** Every call with what answers it, as a provider gets to see them, whatever their ids. */
function calls(messages: readonly Message[]): string[] {
  const turns = transcriptOf(messages, "signed");
  return turns.flatMap((turn, index) => {
    if (turn.role === "user") return [];
    const next = turns[index + 1];
    const results = next?.role === "user" ? next.results : [];
    return turn.blocks
      .filter((block) => block.type === "tool_call")
      .map((call, place) => {
        const { content = "", isError } = results[place] ?? {};
        return JSON.stringify([call.name, call.arguments, content, isError]);
      });
  });
}

/** Results whose calls a provider does not get to see. */
const orphans = (messages: readonly Message[]) =>
  JSON.stringify(transcriptOf(messages, "signed")).split("(Result of a tool call that is left out").length -
  1;

const isNote = (block: Block | undefined) =>
  block?.type === "text" && /^\(\d+ messages? (is|are) left out here/.test(block.text);

/** The part after what was left out, without the note. */
function tailOf({ messages, head, left }: Fit): readonly Message[] {
  const [first, ...rest] = messages.slice(head);
  if (!first || left === 0 || !isNote(first.blocks[0])) return messages.slice(head);
  return [{ ...first, blocks: first.blocks.slice(1) }, ...rest];
}

/** What shortening leaves alone. */
const bare = (messages: readonly Message[]) =>
  messages.map((message) => ({
    ...message,
    blocks: message.blocks.map((block) =>
      block.type === "tool_result" ? { ...block, content: "", media: undefined } : block,
    ),
  }));

function expectWhole(messages: readonly Message[], fit: Fit): void {
  const { head, left, shortened } = fit;
  expect(fit.messages.slice(0, head)).toEqual(messages.slice(0, head));
  const tail = tailOf(fit);
  const original = messages.slice(head + left);
  expect(bare(tail)).toEqual(bare(original));
  if (shortened === 0) expect(tail).toEqual(original);
  // No call lost its result, and no result its call.
  const all = calls(messages);
  const early = calls(messages.slice(0, head));
  expect(early).toEqual(all.slice(0, early.length));
  const late = calls(original);
  expect(late).toEqual(all.slice(all.length - late.length));
  const parts = [messages.slice(0, head), messages.slice(head, head + left), original];
  expect(parts.reduce((sum, part) => sum + orphans(part), 0)).toBe(orphans(messages));
  if (left > 0) expect(transcriptOf(original, "signed")[0]).toMatchObject({ role: "user", results: [] });
}

describe.each(STRATEGIES)("a thousand conversations with %s", (strategy) => {
  const runs = { numRuns: 1000 };

  test("keep their calls with their results and their turns whole, and fit", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.double({ min: 0.01, max: 1.2, noNaN: true }), async (messages, share) => {
        const budget = Math.floor(tokensOf(messages) * share);
        const fit = await fitted(messages, strategy, budget);
        if (fit.tooLong !== undefined) return expect(fit.tooLong).toBeGreaterThan(budget);
        expect(tokensOf(fit.messages)).toBeLessThanOrEqual(budget);
        expectWhole(messages, fit);
        expect(fit.messages.at(-1)?.role).toBe(messages.at(-1)?.role ?? "user");
      }),
      runs,
    );
  });

  test("are not touched when they fit, and when they were made to fit", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.double({ min: 0.05, max: 2, noNaN: true }), async (messages, share) => {
        const budget = Math.floor(tokensOf(messages) * share);
        const fit = await fitted(messages, strategy, budget);
        if (share >= 1) return expect(fit.messages).toBe(messages);
        if (fit.tooLong !== undefined) return;
        expect((await fitted(fit.messages, strategy, budget)).messages).toBe(fit.messages);
      }),
      runs,
    );
  });

  test("keep as much with a larger budget", async () => {
    const share = fc.double({ min: 0.05, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(history, share, share, async (messages, one, other) => {
        const budgets = [one, other]
          .toSorted((a, b) => a - b)
          .map((part) => Math.floor(tokensOf(messages) * part));
        const [small, large] = await Promise.all(budgets.map((budget) => fitted(messages, strategy, budget)));
        if (!small || !large || small.tooLong !== undefined) return;
        expect(large.tooLong).toBeUndefined();
        // What the first turn takes, once there is room for it, is taken from the others.
        if (small.head !== large.head || isNoted(small) !== isNoted(large)) return;
        if (small.summarized !== large.summarized) return;
        expect(large.left).toBeLessThanOrEqual(small.left);
      }),
      runs,
    );
  });
});

const isNoted = (fit: Fit) => fit.messages[fit.head]?.blocks.some(isNote) ?? false;

describe.each(STRATEGIES)("five hundred turns with %s", (strategy) => {
  const messages = plainTurns(500);
  const budget = Math.floor(tokensOf(messages) / 25);

  test("stay within the budget, and begin as the request before did", async () => {
    let before: readonly Message[] = [];
    let changes = 0;
    for (let length = 1; length <= messages.length; length += 2) {
      const { messages: sent, tooLong } = await fitted(messages.slice(0, length), strategy, budget);
      expect(tooLong).toBeUndefined();
      expect(tokensOf(sent)).toBeLessThanOrEqual(budget);
      if (!Bun.deepEquals(sent.slice(0, before.length), before)) changes++;
      before = sent;
    }
    // Twenty turns are a budget; what a cache holds is thrown away every fifth turn at most.
    expect(changes).toBeGreaterThan(0);
    expect(changes).toBeLessThanOrEqual(100);
  });

  test("are measured once or twice each", async () => {
    let measured = 0;
    const size = (message: Message) => {
      measured++;
      return estimateMessage(message);
    };
    await fitContext(messages, { strategy, budget, size, summarize: async () => SUMMARY });
    expect(measured).toBeLessThan(messages.length * 3);
  });
});

const says = (text: string): Message => ({ role: "user", blocks: [{ type: "text", text }] });
const answers = (text: string): Message => ({ role: "assistant", blocks: [{ type: "text", text }] });

function readsFiles(...contents: string[]): Message[] {
  return contents.flatMap((content, index): Message[] => {
    const id = `call_${index}`;
    const call: Block = { type: "tool_call", id, name: "read", arguments: { n: index } };
    const result: Block = { type: "tool_result", callId: id, content, isError: false };
    return [
      { role: "assistant", blocks: [call] },
      { role: "user", blocks: [result] },
    ];
  });
}

const resultsOf = (messages: readonly Message[]) =>
  messages.flatMap(({ blocks }) =>
    blocks.flatMap((one) => (one.type === "tool_result" ? [one.content] : [])),
  );

describe("what takes the place of what is left out", () => {
  const middle = Array.from({ length: 20 }, (_, index) => [
    says(`ask ${index} ${"word ".repeat(50)}`),
    answers("yes"),
  ]);
  const messages = [says("my name is Ada"), answers("hello Ada"), ...middle.flat(), says("who am I?")];

  test("sliding_window says nothing", async () => {
    const fit = await fitted(messages, "sliding_window", 600);
    expect(fit.head).toBe(0);
    expect(fit.messages).toEqual(messages.slice(fit.left));
  });

  test("smart keeps the first turn, and says how many messages are not there", async () => {
    const fit = await fitted(messages, "smart", 600);
    expect(fit.messages.slice(0, 2)).toEqual(messages.slice(0, 2));
    expect(fit.messages[2]?.blocks[0]).toEqual({
      type: "text",
      text: `(${fit.left} messages are left out here.)`,
    });
    expect(fit.messages.at(-1)).toEqual(says("who am I?"));
    expect(fit.messages.map(({ role }) => role).join()).toMatch(/^user(,assistant,user)*$/);
  });

  test("a first turn that takes more than a third is left out too", async () => {
    const long = [says("word ".repeat(300)), ...messages.slice(1)];
    expect(await fitted(long, "smart", 600)).toMatchObject({ head: 0 });
  });

  test("summarize puts what was said there", async () => {
    const asked: [number, number][] = [];
    const summarize = async (count: number, tokens: number) => {
      asked.push([count, tokens]);
      return "Ada asked much. ".repeat(500);
    };
    const fit = await fitContext(messages, { strategy: "summarize", budget: 1000, summarize });
    expect(asked).toEqual([[fit.head + fit.left, 125]]);
    const [note] = fit.messages[2]?.blocks ?? [];
    expect(note?.type === "text" && note.text).toStartWith(
      `(${fit.left} messages are left out here; this is what was said in them:)\n\nAda asked much.`,
    );
    expect(tokensOf(fit.messages)).toBeLessThanOrEqual(1000);
  });

  test("where nothing can be summarized there is a note", async () => {
    const fit = await fitContext(messages, {
      strategy: "summarize",
      budget: 1000,
      summarize: async () => undefined,
    });
    expect(fit).toMatchObject({ summarized: false });
    expect(isNoted(fit)).toBe(true);
  });
});

describe("a turn that is larger than the budget", () => {
  const turn = [
    says("read them all"),
    ...readsFiles("a".repeat(4000), "b b ".repeat(1000), "c c ".repeat(1000)),
  ];

  test("has its oldest results shortened, and says by how much", async () => {
    const fit = await fitted([says("hello"), answers("hi"), ...turn], "smart", 2500);
    expect(fit.tooLong).toBeUndefined();
    const [first, , last] = resultsOf(fit.messages);
    expect(first).toBe(`${"a".repeat(450)}\n(3400 characters are left out here.)\n${"a".repeat(150)}`);
    expect(last).toBe("c c ".repeat(1000));
    expect(tokensOf(fit.messages)).toBeLessThanOrEqual(2500);
  });

  test("has the same results shortened at its next request", async () => {
    const budget = 6000;
    const files = Array.from({ length: 40 }, (_, index) => `${index} `.repeat(400));
    const all = [says("read them all"), ...readsFiles(...files)];
    let before: string[] = [];
    let changes = 0;
    for (let length = 1; length <= all.length; length += 2) {
      const { messages, tooLong } = await fitted(all.slice(0, length), "smart", budget);
      expect(tooLong).toBeUndefined();
      const results = resultsOf(messages);
      if (!Bun.deepEquals(results.slice(0, before.length), before)) changes++;
      before = results;
    }
    expect(changes).toBeGreaterThan(0);
    expect(changes).toBeLessThan(20);
  });

  test("has the newest results share what there is", async () => {
    const two: Message = {
      role: "user",
      blocks: ["x y ".repeat(5000), "small"].map((content, index) => ({
        type: "tool_result",
        callId: `call_${index}`,
        content,
        isError: false,
      })),
    };
    const fit = await fitted([says("go"), two], "smart", 1000);
    const [large, small] = resultsOf(fit.messages);
    expect(small).toBe("small");
    expect(large?.length).toBeGreaterThan(1000);
    expect(large).toContain("characters are left out here.)");
  });

  test("is too long when what the user says is", async () => {
    const fit = await fitted([says("hello"), answers("hi"), says("word ".repeat(5000))], "smart", 1000);
    expect(fit.tooLong).toBeGreaterThan(5000);
    expect(fit.messages).toEqual([says("word ".repeat(5000))]);
  });
});
