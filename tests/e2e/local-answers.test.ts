/** Models inside the executable, run by llama.cpp for real: what they say, and what is kept of it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { bigramModel, randomModel, SENTENCE } from "../fixtures/models/models.ts";
import { CTRL_D, PROMPT } from "./chat-dialogue.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { Home } from "./harness.ts";
import { storedMessages } from "./stored.ts";

setDefaultTimeout(120_000);

/** A home without keys and without an Ollama. */
function plainHome(): Home {
  return new Home({ OLLAMA_HOST: "127.0.0.1:1" });
}

const contexts = (home: Home) => join(home.folder, ".local/share/mcpchat/contexts");

/** Puts a model into the models folder under this name. */
function own(home: Home, model: string, name: string): void {
  const folder = join(home.folder, ".local/share/mcpchat/models");
  mkdirSync(folder, { recursive: true });
  copyFileSync(model, join(folder, `${name}.gguf`));
}

async function askJson(home: Home, ...args: string[]) {
  const result = await home.run(["--json", ...args]);
  expectSilentSuccess(result);
  return JSON.parse(result.stdout);
}

describe("a model of which every word is known", () => {
  test("says its sentence, and nothing else is written", async () => {
    const home = plainHome();
    const result = await home.run(["-m", await bigramModel(), "hello"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe(`${SENTENCE}\n`);
  });

  test("is one of the models folder, by its name, or because it is there", async () => {
    const home = plainHome();
    own(home, await bigramModel(), "tiny");
    expect(await askJson(home, "-m", "local/tiny", "hello")).toMatchObject({ model: "tiny", text: SENTENCE });
    expect(await askJson(home, "hello")).toMatchObject({ provider: "local", model: "tiny", text: SENTENCE });
  });

  test("counts its tokens, and reads what is new alone when its session goes on", async () => {
    const home = plainHome();
    const model = await bigramModel();
    const first = await askJson(home, "-m", model, "hello");
    expect(first).toMatchObject({ provider: "local", model, text: SENTENCE, stop_reason: "end" });
    expect(first.usage).toMatchObject({ cache_read: 0, cache_write: 0 });
    expect(first.usage.input).toBeGreaterThan(0);
    expect(first.usage.output).toBeGreaterThanOrEqual(SENTENCE.split(" ").length);
    const second = await askJson(home, "-m", model, "-c", "hello");
    expect(second).toMatchObject({ session: first.session, text: SENTENCE });
    // All that was said before was there: the question, and the answer to it.
    expect(second.usage.cache_read).toBeGreaterThanOrEqual(first.usage.input + first.usage.output - 2);
    expect(second.usage.input).toBeLessThanOrEqual(first.usage.input + 2);
    expect(storedMessages(home).map(({ role, text }) => `${role}: ${text}`)).toEqual([
      "user: hello",
      `assistant: ${SENTENCE}`,
      "user: hello",
      `assistant: ${SENTENCE}`,
    ]);
  });

  test("leaves what it read for its owner's eyes, and that goes with the session", async () => {
    const home = plainHome();
    const { session } = await askJson(home, "-m", await bigramModel(), "hello");
    const files = readdirSync(contexts(home));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      expect(name).toMatch(new RegExp(`^${session}\\.[0-9a-f]{16}(\\.json)?$`));
      expect(statSync(join(contexts(home), name)).mode & 0o777).toBe(0o600);
    }
    expectSilentSuccess(await home.run(["sessions", "rm", session]));
    expect(readdirSync(contexts(home))).toEqual([]);
  });

  test("leaves nothing where nothing is to be kept", async () => {
    const home = plainHome();
    await askJson(home, "-m", await bigramModel(), "--no-save", "hello");
    home.configure("[models]\nkeep_context = false\n");
    await askJson(home, "-m", await bigramModel(), "hello");
    expect(existsSync(contexts(home)) ? readdirSync(contexts(home)) : []).toEqual([]);
  });

  test("ends before a text, and after so many tokens", async () => {
    const home = plainHome();
    const model = await bigramModel();
    const [before = ""] = SENTENCE.split(" running");
    const stopped = await askJson(home, "-m", model, "--stop", " running", "hello");
    expect(stopped).toMatchObject({ text: before, stop_reason: "end" });
    const cut = await home.run(["-m", model, "--max-tokens", "2", "--json", "hello"]);
    const { text, stop_reason, usage } = JSON.parse(cut.stdout);
    expect({ stop_reason, output: usage.output }).toEqual({ stop_reason: "max_tokens", output: 2 });
    expect(SENTENCE).toStartWith(text);
    expect(text.length).toBeLessThan(SENTENCE.length);
  });

  test("answers line after line in a chat, which can load, show and unload it", async () => {
    const home = plainHome();
    const model = await bigramModel();
    own(home, model, "tiny");
    const pty = home.terminal(["-m", "local/tiny"]);
    await pty.until("local/tiny; /help");
    await pty.until(PROMPT);
    const lines: [string, string][] = [
      ["/models", "No local model is loaded."],
      ["/loadmodel tiny", "loaded in"],
      ["/models", "tiny.gguf: context of"],
      ["hello", SENTENCE.slice(-20)],
      ["and again", SENTENCE.slice(-20)],
      ["/acceleration", "threads:"],
      ["/unloadmodel", "is unloaded."],
      ["once more", SENTENCE.slice(-20)],
    ];
    for (const [line, text] of lines) {
      pty.type(`${line}\r`);
      await pty.until(text);
      await pty.until(PROMPT);
    }
    pty.type(CTRL_D);
    expect(await pty.exited).toBe(0);
    expect(storedMessages(home).filter(({ role }) => role === "assistant")).toMatchObject(
      Array.from({ length: 3 }, () => ({ status: "complete", text: SENTENCE })),
    );
  });

  test("shows on a terminal that it is being loaded, and nothing of that beside the answer", async () => {
    const pty = plainHome().terminal(["-m", await bigramModel(), "hello"]);
    await pty.until("loading bigram-");
    await pty.until(" %");
    expect(await pty.exited).toBe(0);
    const shown = pty
      .output()
      .split("\n")
      .map((line) => line.replace(/\r$/, "").split("\r").at(-1));
    expect(shown).toEqual([SENTENCE, ""]);
  });

  test("tells in events that it is being loaded", async () => {
    const result = await plainHome().run(["-o", "ndjson", "-m", await bigramModel(), "hello"]);
    expectSilentSuccess(result);
    const events = result.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const loading = events.filter(({ type }) => type === "progress");
    expect(loading.length).toBeGreaterThan(0);
    for (const { text, fraction } of loading) {
      expect(text).toStartWith("loading bigram-");
      expect(fraction).toBeGreaterThanOrEqual(0);
      expect(fraction).toBeLessThanOrEqual(1);
    }
    expect(events.findIndex(({ type }) => type === "progress")).toBeLessThan(
      events.findIndex(({ type }) => type === "text"),
    );
  });
});

describe("--schema", () => {
  const SCHEMA = JSON.stringify({
    type: "object",
    properties: { name: { type: "string", maxLength: 12 }, n: { enum: [1, 2, 3] } },
    required: ["name", "n"],
    additionalProperties: false,
  });

  test("makes JSON of what a model of noise says", async () => {
    const home = plainHome();
    const model = await randomModel({ layers: 2, embedding: 128 });
    const result = await home.run(["-m", model, "--schema", SCHEMA, "--seed", "5", "who?"]);
    expectSilentSuccess(result);
    expect(result.stdout).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(result.stdout)).toEqual({ name: expect.any(String), n: expect.any(Number) });
    const { data, text } = await askJson(home, "-m", model, "--schema", SCHEMA, "--seed", "5", "who?");
    expect(data).toEqual(JSON.parse(result.stdout));
    expect(JSON.parse(text)).toEqual(data);
  });

  test("that is cut off ends with 9; what came is in the JSON alone", async () => {
    const model = await randomModel({ layers: 2, embedding: 128 });
    const args = ["-m", model, "--schema", SCHEMA, "--max-tokens", "2", "who?"];
    const result = await plainHome().run(args);
    expect(expectFailure(result, 9)).toBe(
      "the answer does not match the schema: it was cut at the limit of tokens; raise it with --max-tokens; " +
        "with --json, `text` is what the model wrote",
    );
    expect(result.stdout).toBe("");
    const json = JSON.parse((await plainHome().run(["--json", ...args])).stdout);
    expect(json).toMatchObject({
      text: expect.stringMatching(/^\{/),
      error: { code: "schema", exit_code: 9 },
    });
    expect(json).not.toHaveProperty("data");
  });

  test("without an end is refused before a model is looked for", async () => {
    const result = await plainHome().run(["-m", "local/none", "--schema", '{"$ref":"#"}', "who?"]);
    expect(expectFailure(result, 2)).toBe("--schema: the schema refers to itself without end");
  });

  test("has numbers between their bounds", async () => {
    const model = await randomModel({ layers: 2, embedding: 128 });
    const schema = JSON.stringify({
      type: "array",
      minItems: 8,
      maxItems: 8,
      items: { type: "number", minimum: 0, maximum: 1 },
    });
    const { data } = await askJson(plainHome(), "-m", model, "--schema", schema, "who?");
    expect(data).toHaveLength(8);
    expect(data.every((value: number) => value >= 0 && value <= 1)).toBe(true);
  });
});
