/** Streams of servers by name, with everything that each sends beside what OpenAI would. */
import { describe, expect, test } from "bun:test";
import { completionsReader } from "../../../src/llm/openai/events.ts";
import { PRESETS, quirksOf } from "../../../src/llm/presets.ts";

function read(name: string, ...chunks: readonly object[]) {
  const quirks = quirksOf(name, PRESETS[name]?.baseUrl ?? "http://gpu.test/v1");
  const reader = completionsReader("m", { origin: "https://it.test", quirks });
  const read = chunks.flatMap((chunk) => reader.read(chunk));
  const end = reader.end();
  return { events: [...read, ...end.events], end };
}

const delta = (part: object, finish: string | null = null) => ({
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: part, finish_reason: finish }],
});
const function_ = (name: string, json: string) => ({ name, arguments: json });

test("Groq tells the usage under its own name", () => {
  const usage = { queue_time: 0.1, prompt_tokens: 18, completion_tokens: 5, total_tokens: 23 };
  const { end } = read(
    "groq",
    { ...delta({ role: "assistant", content: "" }), x_groq: { id: "req_1" } },
    delta({ content: "Hi" }),
    { ...delta({}, "stop"), x_groq: { id: "req_1", usage } },
  );
  expect(end.usage).toEqual({ input: 18, output: 5, cacheRead: 0, cacheWrite: 0 });
});

describe("OpenRouter", () => {
  test("tells the cost with the usage, after the end, with an empty choice", () => {
    const usage = { prompt_tokens: 8, completion_tokens: 11, total_tokens: 19, cost: 0.00078 };
    const { events, end } = read(
      "openrouter",
      { ...delta({ role: "assistant", content: "", reasoning: "hm" }), provider: "OpenAI" },
      delta({ content: "Hi" }, "stop"),
      { ...delta({ role: "assistant", content: "" }), usage },
    );
    expect(events).toEqual([
      { type: "thinking", text: "hm" },
      { type: "text", text: "Hi" },
    ]);
    expect(end).toMatchObject({ stopReason: "end", usage: { output: 11, costUsd: 0.00078 } });
  });

  test("tells in a choice that the model behind it broke off", () => {
    const error = { code: 502, message: "Provider disconnected" };
    const choice = { index: 0, delta: { content: "" }, finish_reason: "error", error };
    const { end } = read("openrouter", delta({ content: "Hi" }), { choices: [choice] });
    expect(end.failure).toEqual(error);
    expect(read("openrouter", delta({}, "error")).end.failure).toBeDefined();
  });
});

test("DeepSeek thinks under its own name, and tells what it had read before", () => {
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 50,
    total_tokens: 150,
    prompt_cache_hit_tokens: 64,
    prompt_cache_miss_tokens: 36,
    completion_tokens_details: { reasoning_tokens: 40 },
  };
  const { events, end } = read(
    "deepseek",
    delta({ role: "assistant", content: null, reasoning_content: "Hm." }),
    delta({ content: "Hi", reasoning_content: null }),
    { ...delta({ content: "" }, "stop"), usage },
  );
  expect(events).toEqual([
    { type: "thinking", text: "Hm." },
    { type: "text", text: "Hi" },
  ]);
  expect(end.usage).toEqual({ input: 36, output: 50, cacheRead: 64, cacheWrite: 0 });
});

test("Gemini signs the thought behind a call, and numbers every call 0", () => {
  const extra_content = { google: { thought_signature: "c2ln" } };
  const { events, end } = read(
    "gemini",
    delta({
      role: "assistant",
      tool_calls: [
        { index: 0, id: "f-1", type: "function", function: function_("read", '{"n":1}'), extra_content },
      ],
    }),
    delta(
      { tool_calls: [{ index: 0, id: "f-2", type: "function", function: function_("read", '{"n":2}') }] },
      "stop",
    ),
  );
  expect(events.filter(({ type }) => type === "tool_call")).toEqual([
    {
      type: "tool_call",
      id: "f-1",
      name: "read",
      arguments: { n: 1 },
      extra: { origin: "https://it.test", content: extra_content },
    },
    { type: "tool_call", id: "f-2", name: "read", arguments: { n: 2 } },
  ]);
  expect(end.stopReason).toBe("tool_calls");
});

test("Mistral sends a call in one piece, and the usage with the end without being asked", () => {
  const call = { id: "D681PevKs", function: function_("read", '{"n":1}'), index: 0 };
  const usage = { prompt_tokens: 90, total_tokens: 110, completion_tokens: 20 };
  const { events, end } = read("mistral", delta({ role: "assistant", content: "" }), {
    ...delta({ content: "", tool_calls: [call] }, "tool_calls"),
    usage,
  });
  expect(events.at(-1)).toEqual({ type: "tool_call", id: "D681PevKs", name: "read", arguments: { n: 1 } });
  expect(end.usage).toMatchObject({ input: 90, output: 20 });
});

test("Ollama sends calls whole, without a place, and says that it stopped", () => {
  const call = (n: number) => ({
    id: `call_${n}`,
    type: "function",
    function: function_("read", `{"n":${n}}`),
  });
  const { events, end } = read(
    "ollama",
    delta({ role: "assistant", content: "", tool_calls: [call(1), call(2)] }),
    delta({ role: "assistant", content: "" }, "stop"),
    { object: "chat.completion.chunk", choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } },
  );
  expect(events.filter(({ type }) => type === "tool_call")).toMatchObject([
    { id: "call_1", arguments: { n: 1 } },
    { id: "call_2", arguments: { n: 2 } },
  ]);
  expect(end).toMatchObject({ stopReason: "tool_calls", usage: { input: 7, output: 3 } });
});

test("xAI thinks beside what it counts as the answer", () => {
  const usage = {
    prompt_tokens: 32,
    completion_tokens: 9,
    total_tokens: 151,
    prompt_tokens_details: { text_tokens: 32, cached_tokens: 6 },
    completion_tokens_details: { reasoning_tokens: 110 },
  };
  const { end } = read(
    "xai",
    delta({ reasoning_content: "Hm.", role: "assistant" }),
    delta({ content: "4" }, "stop"),
    {
      choices: [],
      usage,
    },
  );
  expect(end.usage).toEqual({ input: 26, output: 119, cacheRead: 6, cacheWrite: 0 });
});

test.each(["vllm", "lmstudio", "together"])("%s: chunks without choices, usage last or never", (name) => {
  const chunks = [
    { id: "1", choices: [] },
    delta({ role: "assistant", content: "" }),
    delta({ content: "Hi" }),
    { ...delta({ content: "" }, "stop"), usage: null },
  ];
  expect(read(name, ...chunks).end).toMatchObject({ stopReason: "end", usage: undefined });
  const last = { choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } };
  expect(read(name, ...chunks, last).end.usage).toMatchObject({ input: 5, output: 2 });
});
