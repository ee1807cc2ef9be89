import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Message } from "../../../src/lib/conversation.ts";
import { bigramModel, counted, countingModel, randomModel, SENTENCE } from "../../fixtures/models/models.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { Inference, said } from "./inference.ts";

const END = { type: "done", stopReason: "end" } as const;

async function withModel(path: string, contextSize = 2048): Promise<Inference> {
  const inference = new Inference();
  await inference.call("load", { path, options: { contextSize } });
  return inference;
}

test("a model says its sentence, and no word reaches stdout or stderr", async () => {
  const path = await bigramModel();
  const inference = await withModel(path);
  const { text, ended, usage } = await inference.ask(path, [said("user", "hi")]);
  expect({ text, ended }).toEqual({ text: SENTENCE, ended: END });
  expect(usage.evaluated).toBeGreaterThan(0);
  expect(await inference.end()).toBe(0);
  expect(await inference.output).toBe("");
});

test("loading tells how far it is, what was loaded, and is done once", async () => {
  const path = await bigramModel();
  const inference = new Inference();
  const fractions: number[] = [];
  const given = { path, options: { contextSize: 300, threads: 64, batchSize: 32 } };
  const onNews = (news: { type: string; fraction?: number }) => void fractions.push(news.fraction ?? -1);
  const loaded = await inference.call("load", given, { onNews });
  expect(fractions.at(-1)).toBe(1);
  expect(loaded).toMatchObject({ path, acceleratedLayers: 0, batchSize: 32 });
  expect(loaded.contextSize).toBeGreaterThanOrEqual(300);
  const { threads } = await inference.call("acceleration", {});
  expect(loaded.threads).toBe(threads);
  expect(await inference.call("load", given)).toEqual(loaded);
  expect(await inference.call("unload", { path })).toBe(true);
  expect(await inference.call("unload", { path })).toBe(false);
});

test.each([
  ["bigram", () => bigramModel(), undefined],
  ["noise", () => randomModel(), 30],
])("each of ten turns evaluates only what is new: %s", async (_name, model, maxTokens) => {
  const path = await model();
  const inference = await withModel(path, 4096);
  const messages: Message[] = [];
  const conversation = { id: "one" };
  let known = 0;
  const evaluated: number[] = [];
  for (let turn = 1; turn <= 10; turn++) {
    messages.push(said("user", "and now?"));
    const more = { conversation, ...(maxTokens !== undefined && { maxTokens }) };
    const { text, usage } = await inference.ask(path, messages, more);
    evaluated.push(usage.evaluated);
    // Of the answer before, all but the token that ended it had been evaluated.
    expect(usage.reused).toBe(known);
    known = usage.evaluated + usage.reused + usage.generated - 1;
    messages.push(said("assistant", text));
  }
  expect(new Set(evaluated.slice(1)).size).toBe(1);
});

test("a resumed conversation evaluates only what is new", async () => {
  const path = await bigramModel();
  const conversation = { id: "one", file: join(temporaryFolder(), "contexts/one") };
  const first = await withModel(path);
  const messages = [said("user", "hi")];
  const answer = await first.ask(path, messages, { conversation });
  expect(await first.call("keep", {})).toBe(true);
  expect(await first.call("keep", {})).toBe(false);
  await first.end();
  const second = await withModel(path);
  messages.push(said("assistant", answer.text), said("user", "hi"));
  const { text, usage } = await second.ask(path, messages, { conversation });
  expect(text).toBe(SENTENCE);
  expect(usage.reused).toBe(answer.usage.evaluated + answer.usage.generated - 1);
});

test("a damaged state costs time and nothing else", async () => {
  const path = await bigramModel();
  const file = join(temporaryFolder(), "state");
  const first = await withModel(path);
  const messages = [said("user", "hi")];
  await first.ask(path, messages, { conversation: { id: "one", file } });
  await first.call("keep", {});
  const { size } = Bun.file(file);
  await Bun.write(file, new Uint8Array(size));
  const second = await withModel(path);
  const { text, usage } = await second.ask(path, messages, { conversation: { id: "one", file } });
  expect(text).toBe(SENTENCE);
  expect(usage.reused).toBe(0);
});

test("two conversations take turns", async () => {
  const path = await bigramModel();
  const inference = await withModel(path);
  const file = (name: string) => join(inference.folder, name);
  const one = { conversation: { id: "one", file: file("one") } };
  const two = { conversation: { id: "two", file: file("two") } };
  const [first, second] = await Promise.all([
    inference.ask(path, [said("user", "hi")], one),
    inference.ask(path, [said("user", "ho")], two),
  ]);
  expect([first.text, second.text]).toEqual([SENTENCE, SENTENCE]);
  const again = await inference.ask(path, [said("user", "hi")], one);
  expect(again.usage.reused).toBeGreaterThanOrEqual(first.usage.evaluated - 1);
});

describe("an answer ends", () => {
  test("at the most tokens", async () => {
    const path = await bigramModel();
    const inference = await withModel(path);
    const { text, ended, usage } = await inference.ask(path, [said("user", "hi")], { maxTokens: 3 });
    expect(ended).toEqual({ type: "done", stopReason: "max_tokens" });
    expect(usage.generated).toBe(3);
    expect(SENTENCE.startsWith(text) && text.length > 0).toBe(true);
  });

  test("before a stop text", async () => {
    const path = await bigramModel();
    const inference = await withModel(path);
    const { text, ended } = await inference.ask(path, [said("user", "hi")], { stop: ["llama"] });
    expect({ text: text.trim(), ended }).toEqual({ text: "Hello from a tiny", ended: END });
  });

  test("when it is cancelled, and the next goes on as if nothing had been", async () => {
    const path = await countingModel({ endless: true });
    const inference = await withModel(path, 4096);
    const stop = new AbortController();
    let heard = "";
    const onEvent = (event: { type: string; text?: string }) => {
      heard += event.type === "text" ? event.text : "";
      if (heard.includes("number-20")) stop.abort();
    };
    const { text, ended } = await inference.ask(
      path,
      [said("user", "go")],
      {},
      { onEvent, signal: stop.signal },
    );
    expect(ended).toMatchObject({ type: "failed", problem: { code: "aborted" } });
    expect(text.startsWith(counted(20))).toBe(true);
    const next = await inference.ask(path, [said("user", "go")], { maxTokens: 20 });
    expect(counted(1000).startsWith(next.text)).toBe(true);
  });

  test("while a long prompt is being read", async () => {
    const path = await randomModel({ megabytes: 30, contextLength: 32_768 });
    const inference = await withModel(path, 32_768);
    const stop = new AbortController();
    const long = [said("user", "much to read ".repeat(2000))];
    const asked = inference.ask(path, long, {}, { signal: stop.signal });
    stop.abort();
    expect((await asked).ended).toMatchObject({ type: "failed", problem: { code: "aborted" } });
  });
});

test("what does not fit into the context is told", async () => {
  const path = await bigramModel();
  const inference = await withModel(path, 256);
  const { ended } = await inference.ask(path, [said("user", "too long ".repeat(400))]);
  expect(ended).toMatchObject({ type: "failed", problem: { code: "too_long" } });
});

test("what no longer fits is left out with a word", async () => {
  const path = await bigramModel();
  const inference = await withModel(path, 256);
  const messages = Array.from({ length: 12 }, () => [
    said("user", "tell me"),
    said("assistant", SENTENCE),
  ]).flat();
  const { text, notices } = await inference.ask(path, [...messages, said("user", "again")]);
  expect(text).toBe(SENTENCE);
  expect(notices).toEqual([expect.stringContaining("left out")]);
});

test("noise under a schema is JSON of that schema", async () => {
  const path = await randomModel();
  const inference = await withModel(path);
  const schema = {
    type: "object",
    properties: {
      name: { type: "string" },
      age: { type: "integer" },
      tags: { type: "array", items: { type: "string" } },
    },
    required: ["name", "age", "tags"],
  };
  for (let round = 0; round < 5; round++) {
    const more = { schema, sampling: { temperature: 1, seed: round }, maxTokens: 200 };
    const { text, ended } = await inference.ask(path, [said("user", "who?")], more);
    expect(ended).toEqual(END);
    const value = JSON.parse(text);
    expect(value).toEqual({ name: expect.any(String), age: expect.any(Number), tags: expect.any(Array) });
    expect(Number.isInteger(value.age)).toBe(true);
  }
});

test("the same seed says the same", async () => {
  const path = await randomModel();
  const inference = await withModel(path);
  const ask = (seed: number) =>
    inference.ask(path, [said("user", "hi")], { sampling: { temperature: 1.5, seed }, maxTokens: 20 });
  const [one, other, different] = [await ask(1), await ask(1), await ask(2)];
  expect(one.text).toBe(other.text);
  expect(one.text).not.toBe(different.text);
});

test("a thought is told apart from the answer", async () => {
  const path = await bigramModel({ thinking: "Let me think about this." });
  const inference = await withModel(path);
  const { text, thinking } = await inference.ask(path, [said("user", "hi")]);
  expect({ text: text.trim(), thinking: thinking.trim() }).toEqual({
    text: SENTENCE,
    thinking: "Let me think about this.",
  });
});

test("a tool is called, and its result goes on with the answer", async () => {
  const path = await bigramModel({ toolCall: { name: "clock__now", arguments: "{}" } });
  const inference = await withModel(path);
  const tools = [
    { name: "clock__now", description: "The time", inputSchema: { type: "object", properties: {} } },
  ];
  const messages = [said("user", "what time is it?")];
  const { calls, ended } = await inference.ask(path, messages, { tools });
  expect(ended).toEqual({ type: "done", stopReason: "tool_calls" });
  expect(calls).toEqual([{ name: "clock__now", arguments: {} }]);
  messages.push(
    { role: "assistant", blocks: [{ type: "tool_call", id: "1", name: "clock__now", arguments: {} }] },
    { role: "user", blocks: [{ type: "tool_result", callId: "1", content: "noon", isError: false }] },
  );
  const after = await inference.ask(path, messages, { tools });
  expect(after).toMatchObject({ text: SENTENCE, calls: [], ended: END });
});

test("an answer that fills the context ends there, however long the question was", async () => {
  const path = await countingModel({ words: 1000 });
  const inference = await withModel(path, 512);
  for (const words of [20, 440, 480]) {
    const { text, ended } = await inference.ask(path, [said("user", "w ".repeat(words / 2))]);
    expect({ words, ended }).toEqual({ words, ended: { type: "done", stopReason: "max_tokens" } });
    expect(counted(1000).startsWith(text)).toBe(true);
  }
});

test("JSON is whole behind a long prompt too", async () => {
  const path = await randomModel();
  const inference = await withModel(path, 512);
  const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
  for (const words of [50, 150, 220]) {
    const more = { schema, sampling: { temperature: 1, seed: words } };
    const { text, ended } = await inference.ask(path, [said("user", "ab ".repeat(words / 2))], more);
    expect(ended).toEqual(END);
    expect(JSON.parse(text)).toEqual({ a: expect.any(String) });
  }
});

test("who waits for another answer is let go at once", async () => {
  const path = await countingModel({ endless: true });
  const inference = await withModel(path, 4096);
  const [first, second] = [new AbortController(), new AbortController()];
  const begun = Promise.withResolvers<void>();
  const running = inference.ask(
    path,
    [said("user", "go")],
    {},
    { onEvent: () => begun.resolve(), signal: first.signal },
  );
  await begun.promise;
  const waiting = inference.ask(path, [said("user", "go")], {}, { signal: second.signal });
  second.abort();
  expect((await waiting).ended).toMatchObject({ type: "failed", problem: { code: "aborted" } });
  first.abort();
  expect((await running).ended).toMatchObject({ type: "failed", problem: { code: "aborted" } });
});

test("a state that has no room in a smaller context is kept for a larger one", async () => {
  const path = await bigramModel();
  const conversation = { id: "one", file: join(temporaryFolder(), "state") };
  const messages = [said("user", "much to read ".repeat(30))];
  const first = await withModel(path, 2048);
  const answer = await first.ask(path, messages, { conversation });
  await first.call("keep", {});
  const second = await withModel(path, 256);
  await second.ask(path, [said("user", "hi")], { conversation });
  const third = await withModel(path, 2048);
  const { usage } = await third.ask(path, messages, { conversation });
  expect(usage.reused).toBeGreaterThanOrEqual(answer.usage.evaluated - 1);
});
