import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import type { Llama } from "node-llama-cpp";
import { bigramModel as describeBigram } from "../../../scripts/gguf/bigram.ts";
import { randomModel as describeRandom } from "../../../scripts/gguf/random.ts";
import { ggufBytes, ggufSize } from "../../../scripts/gguf/write.ts";
import { type BrokenKind, brokenModel } from "../../fixtures/models/broken.ts";
import { openChat, openLlama } from "../../fixtures/models/llama.ts";
import { bigramModel, counted, countingModel, randomModel, SENTENCE } from "../../fixtures/models/models.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

setDefaultTimeout(120_000);

let llama: Llama;
beforeAll(async () => {
  llama = await openLlama();
});
// Disposing of it after models that did not load goes on for ever; the process ends it.
afterAll(() => undefined);

async function chatWith(modelPath: string) {
  const model = await llama.loadModel({ modelPath });
  return { model, ...(await openChat(model)) };
}

describe("a bigram model", () => {
  test.each(["f32", "f16", "q8_0"] as const)(
    "in %s says its sentence, warm or cold, and nothing is odd about it",
    async (encoding) => {
      const { model, ask } = await chatWith(await bigramModel({ encoding, layers: 2 }));
      expect(model.getWarnings()).toEqual([]);
      expect(await ask("Who are you?")).toMatchObject({ text: SENTENCE, stopReason: "eogToken" });
      expect(await ask("Und noch einmal? 漢字 🙂", { temperature: 1, seed: 7 })).toMatchObject({
        text: SENTENCE,
      });
      await model.dispose();
    },
  );

  test("evaluates of a later turn what is new alone", async () => {
    const { model, sequence, ask } = await chatWith(await bigramModel());
    await ask("first");
    const before = sequence.tokenMeter.getState();
    await ask("next");
    // "<|user|>", four letters, "<|end|>", "<|assistant|>"; the end of the answer was evaluated when it came.
    expect(sequence.tokenMeter.diff(before).usedInputTokens).toBe(7);
    await model.dispose();
  });

  test("gives back any text as it was", async () => {
    const model = await llama.loadModel({ modelPath: await bigramModel() });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const whole = text.toWellFormed();
        expect(model.detokenize(model.tokenize(whole, false), false)).toBe(whole);
      }),
    );
    await model.dispose();
  });

  test("thinks before it answers", async () => {
    const { model, ask } = await chatWith(await bigramModel({ thinking: "A greeting; so I greet." }));
    const answer = { text: SENTENCE, thinking: "A greeting; so I greet." };
    expect(await ask("hi")).toMatchObject(answer);
    expect(await ask("hi again")).toMatchObject(answer);
    await model.dispose();
  });

  test("calls a tool by the library's own syntax, and says its sentence when there is the result", async () => {
    const toolCall = { name: "files__read", arguments: '{"path": "notes.txt"}' };
    const { model, ask, resume } = await chatWith(await bigramModel({ toolCall }));
    const params = { type: "object", properties: { path: { type: "string" } } } as const;
    const functions = { other: { params }, files__read: { description: "Reads a file", params } };
    expect(await ask("read", { functions })).toMatchObject({
      text: "",
      calls: [{ name: "files__read", params: { path: "notes.txt" } }],
      stopReason: "functionCalls",
    });
    expect(await resume("files__read", "milk, eggs", { functions })).toMatchObject({
      text: SENTENCE,
      calls: [],
    });
    await model.dispose();
  });

  test("that would call a tool does not without tools", async () => {
    const toolCall = { name: "files__read", arguments: "{}" };
    const { model, ask } = await chatWith(await bigramModel({ toolCall }));
    expect(await ask("read")).toMatchObject({ text: SENTENCE, calls: [] });
    await model.dispose();
  });

  test("can have a long answer, or one without an end", async () => {
    const long = await chatWith(await countingModel({ words: 300 }));
    expect((await long.ask("count")).text).toBe(counted(300));
    await long.model.dispose();
    const endless = await chatWith(await countingModel({ words: 20, endless: true }));
    const { text, stopReason } = await endless.ask("count", { maxTokens: 50 });
    expect({ text: text.slice(0, counted(20).length), stopReason }).toEqual({
      text: counted(20),
      stopReason: "maxTokens",
    });
    expect(text.match(/number-/g)).toHaveLength(50);
    await endless.model.dispose();
  });

  test("cannot have a word twice", () => {
    expect(() => describeBigram({ sentence: "to be or not to be" })).toThrow("twice");
  });
});

describe("a random model", () => {
  test("is the same for the same seed, and another for another", () => {
    const hash = (seed: number) => Bun.hash(ggufBytes(describeRandom({ layers: 1, embedding: 64, seed })));
    expect(hash(1)).toBe(hash(1));
    expect(hash(1)).not.toBe(hash(2));
  });

  test.each([
    [5, "f32"],
    [150, "f32"],
    [150, "f16"],
    [800, "f32"],
    [150, "q8_0"],
  ] as const)("of %d MB in %s is of about that size", (megabytes, encoding) => {
    const size = ggufSize(describeRandom({ megabytes, encoding })) / 1e6;
    expect(Math.abs(size - megabytes) / megabytes).toBeLessThan(0.1);
  });

  test("talks on, not always the same, and a grammar makes JSON of it", async () => {
    const { model, ask, close } = await chatWith(await randomModel({ megabytes: 4 }));
    expect(model.getWarnings()).toEqual([]);
    const one = await ask("hi", { temperature: 1, seed: 1, maxTokens: 30 });
    const other = await ask("hi", { temperature: 1, seed: 2, maxTokens: 30 });
    expect(one.stopReason).toBe("maxTokens");
    expect(one.text).not.toBe(other.text);
    const grammar = await llama.createGrammarForJsonSchema({
      type: "object",
      properties: { name: { type: "string" }, tags: { type: "array", items: { type: "boolean" } } },
    });
    for (const seed of [1, 2, 3]) {
      const { text } = await ask("JSON", { grammar, temperature: 1, seed });
      expect(Object.keys(grammar.parse(text))).toEqual(["name", "tags"]);
    }
    await close();
    await model.dispose();
  });

  test("ends its answers where that is asked for", async () => {
    const { model, ask } = await chatWith(await randomModel({ megabytes: 4, ends: true }));
    const answers = [
      await ask("hi", { temperature: 1, seed: 1 }),
      await ask("hi", { temperature: 1, seed: 2 }),
    ];
    expect(answers.map(({ stopReason }) => stopReason)).toEqual(["eogToken", "eogToken"]);
    await model.dispose();
  });
});

describe("a broken model", () => {
  const kinds: BrokenKind[] = [
    "not-gguf",
    "empty",
    "folder",
    "truncated",
    "truncated-header",
    "corrupt-header",
    "unknown-version",
    "unknown-architecture",
    "missing-tensors",
  ];
  test.each(kinds)("(%s) is not loaded", async (kind) => {
    const modelPath = brokenModel(kind, temporaryFolder());
    const loaded = llama.loadModel({ modelPath }).then(
      () => "loaded",
      () => "refused",
    );
    expect(await loaded).toBe("refused");
  });

  test("claims hundreds of gigabytes that the disk does not have to give", () => {
    const file = brokenModel("too-large", temporaryFolder());
    expect(Bun.file(file).size).toBeGreaterThan(500e9);
  });
});

test("a model is made once, whole, and left alone by those who make it at the same time", async () => {
  const options = { sentence: `Only ${crypto.randomUUID()} says this.` };
  const paths = await Promise.all([1, 2, 3].map(() => bigramModel(options)));
  expect(new Set(paths).size).toBe(1);
  const [file = ""] = paths;
  expect(readFileSync(file).length).toBe(ggufSize(describeBigram(options)));
  expect(existsSync(file)).toBe(true);
  expect(
    readdirSync(dirname(file)).filter((name) => join(dirname(file), name).startsWith(`${file}.`)),
  ).toEqual([]);
});

test("the command writes a model and says what it is; wrong options are told", async () => {
  const main = join(import.meta.dir, "../../../scripts/gguf/main.ts");
  const file = join(temporaryFolder(), "made.gguf");
  const run = (...args: string[]) => Bun.spawnSync([process.execPath, main, ...args]);
  const made = run("bigram", file, "--sentence", "One two three.", "--encoding", "f16");
  expect(made.stdout.toString()).toStartWith(`${file}: bigram, `);
  const { model, ask } = await chatWith(file);
  expect((await ask("count")).text).toBe("One two three.");
  await model.dispose();
  for (const args of [
    ["random"],
    ["random", file, "--layers", "0"],
    ["elephant", file],
    ["random", file, "--encoding", "q9"],
  ]) {
    expect(run(...args).exitCode).toBe(2);
  }
});
