import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Llama, LlamaModel } from "node-llama-cpp";
import { CLOCK_PIECES } from "../../scripts/demo/clock-words.ts";
import { cutIntoPieces } from "../../scripts/demo/pieces.ts";
import { CLOCK_TOOL, PARTS } from "../../scripts/demo/texts.ts";
import { buildDemoModel } from "../../scripts/demo-model.ts";
import { clockText } from "../../src/mcp/builtin/clock-text.ts";
import { qualifiedNames } from "../../src/mcp/client/tools/naming.ts";
import { openChat, openLlama } from "../fixtures/models/llama.ts";
import { demoModel } from "../fixtures/models/models.ts";

setDefaultTimeout(120_000);

const GREETING = PARTS.greeting.text + PARTS.threeWays.text;
const HELP = PARTS.help.text + PARTS.threeWays.text;

/** As mcpchat offers the clock; and a tool of another server beside it. */
const params = { type: "object", properties: {} } as const;
const functions = {
  files__read: { description: "Reads a file", params },
  [CLOCK_TOOL]: { description: "The local date and time", params },
};

let llama: Llama;
let model: LlamaModel;
beforeAll(async () => {
  llama = await openLlama();
  model = await llama.loadModel({ modelPath: await demoModel() });
});
afterAll(() => llama.dispose());

async function withChat<Result>(use: (chat: Awaited<ReturnType<typeof openChat>>) => Promise<Result>) {
  const chat = await openChat(model, 4096);
  try {
    return await use(chat);
  } finally {
    await chat.close();
  }
}

function ask(question: string, options = {}) {
  return withChat(({ ask: askIt }) => askIt(question, options));
}

describe("the demo model", () => {
  test("is small, the same each time, and nothing is odd about it", () => {
    expect(buildDemoModel().length).toBeLessThan(1_000_000);
    expect(Bun.hash(buildDemoModel())).toBe(Bun.hash(buildDemoModel()));
    expect(model.getWarnings()).toEqual([]);
  });

  test("knows the clock by the name that the model is told", () => {
    expect([...qualifiedNames([{ server: "clock", name: "now" }]).values()]).toEqual([CLOCK_TOOL]);
  });

  test("greets, says what it is, and names the three ways to a real model", async () => {
    const { text, stopReason } = await ask("hi");
    expect({ text, stopReason }).toEqual({ text: GREETING, stopReason: "eogToken" });
    for (const way of [
      "demo",
      "ANTHROPIC_API_KEY",
      "OPENAI_API_KEY",
      "Ollama",
      "models pull hf:",
      "-m path/to",
    ]) {
      expect(text).toContain(way);
    }
  });

  test.each([
    ["why is the sky blue?", GREETING],
    ["Help!", HELP],
    ["please tell me how I get a real model", HELP],
    ["how do tools work?", PARTS.tools.text],
    ["What is an MCP server", PARTS.tools.text],
    ["thank you very much", PARTS.welcome.text],
    ["Show me the sometimes outdated runtime of my monkey", GREETING],
    ["漢字 🙂 \u0000\u001b[1m <|user|>", GREETING],
    ["", GREETING],
    [`${"lorem ipsum ".repeat(100)} what time is it?`, PARTS.clockless.text],
  ])("answers %j by its keyword", async (question, text) => {
    expect((await ask(question)).text).toBe(text);
  });

  test("calls the clock when it is asked for the time, and reads the result", async () => {
    await withChat(async (chat) => {
      const called = await chat.ask("What time is it?", { functions });
      expect(called).toMatchObject({ text: "", calls: [{ name: CLOCK_TOOL, params: {} }] });
      const told = await chat.resume(
        CLOCK_TOOL,
        "Monday, 23 November 2026, 19:54:05 (Europe/Berlin, UTC+01:00)",
        { functions },
      );
      expect(told).toMatchObject({
        text: `It is 19:54:05 on Monday, 23 November 2026,${PARTS.told.text}`,
        calls: [],
      });
    });
  });

  test("reads any time that the clock can tell", async () => {
    const day = 24 * 60 * 60 * 1000;
    for (let index = 0; index < 12; index++) {
      // Times that differ in all their parts, over the years that it knows.
      const time = new Date(
        Date.UTC(2024, 0, 1) + index * 1191 * day + index * (7 * 3_600_000 + 37 * 60_000 + 1000),
      );
      const text = clockText(time, ["UTC", "Asia/Kolkata", "America/St_Johns"][index % 3]);
      const [, date = "", clock = ""] = /^(.*, .* \d{4}), (\d\d:\d\d:\d\d)/.exec(text) ?? [];
      await withChat(async (chat) => {
        await chat.ask("time", { functions });
        const told = await chat.resume(CLOCK_TOOL, text, { functions });
        expect(told.text).toBe(`It is ${clock} on ${date},${PARTS.told.text}`);
      });
    }
  });

  test("says so when the result is no time", async () => {
    await withChat(async (chat) => {
      await chat.ask("time?", { functions });
      const { text } = await chat.resume(CLOCK_TOOL, "Error: the call was denied", { functions });
      expect(text).toBe(PARTS.failed.text);
    });
  });

  test("does not try to call what is not there", async () => {
    const others = { files__read: functions.files__read };
    expect(await ask("what time is it?")).toMatchObject({ text: PARTS.clockless.text, calls: [] });
    expect(await ask("what time is it?", { functions: others })).toMatchObject({
      text: PARTS.clockless.text,
      calls: [],
    });
  });

  test("answers the last question of a long conversation, not one before", async () => {
    await withChat(async (chat) => {
      const later = async (question: string) => (await chat.ask(question, { functions })).text;
      expect(await later("hi")).toBe(GREETING);
      for (const hour of [7, 23]) {
        expect((await chat.ask("what's the time", { functions })).calls).toHaveLength(1);
        const time = clockText(new Date(Date.UTC(2026, 10, 23, hour, hour)), "UTC");
        const told = await chat.resume(CLOCK_TOOL, time, { functions });
        expect(told.text).toStartWith(`It is ${String(hour).padStart(2, "0")}:`);
        expect(await later("why?")).toBe(PARTS.lost.text);
        expect(await later("help")).toBe(HELP);
        expect(await later("tools?")).toBe(PARTS.tools.text);
        expect(await later("Thanks")).toBe(PARTS.welcome.text);
      }
    });
  });

  test.each([0.8, 1])("says the same at a temperature of %d", async (temperature) => {
    for (let seed = 1; seed <= 4; seed++) {
      expect((await ask("hi", { temperature, seed })).text).toBe(GREETING);
      expect((await ask("the time?", { temperature, seed, functions })).calls).toHaveLength(1);
    }
  });
});

describe("pieces", () => {
  test("put together are the text, and none is there twice", () => {
    const taken = new Set<string>();
    const texts = Object.values(PARTS).map(({ text }) => text);
    const pieces = texts.map((text) => cutIntoPieces(text, taken));
    expect(pieces.map((own) => own.join(""))).toEqual(texts);
    const all = pieces.flat();
    expect(new Set(all).size).toBe(all.length);
  });

  test("of an end that is taken grow backwards", () => {
    const taken = new Set([" is", " it", " is it"]);
    expect(cutIntoPieces("what time is it", taken)).toEqual(["what", " time is it"]);
  });

  test("of a text that is there already are none", () => {
    expect(() => cutIntoPieces("hello", new Set(["hello"]))).toThrow("twice");
  });

  test("of times are for one part each", () => {
    const all = Object.values(CLOCK_PIECES).flat();
    expect(new Set(all).size).toBe(all.length);
  });
});
