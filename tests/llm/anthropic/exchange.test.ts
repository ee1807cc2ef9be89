/** Streams as Anthropic sends them, event by event, through the reader. */
import { describe, expect, test } from "bun:test";
import { messagesReader } from "../../../src/llm/anthropic/events.ts";
import type { ModelEvent } from "../../../src/llm/port.ts";

const START = {
  type: "message_start",
  message: {
    id: "msg_01XFDUDYJgAACzvnptvVoYEL",
    type: "message",
    role: "assistant",
    model: "claude-opus-4-6",
    content: [],
    stop_reason: null,
    usage: {
      input_tokens: 21,
      cache_creation_input_tokens: 1024,
      cache_read_input_tokens: 18_432,
      cache_creation: { ephemeral_5m_input_tokens: 824, ephemeral_1h_input_tokens: 200 },
      output_tokens: 3,
      service_tier: "standard",
    },
  },
};

const begin = (index: number, block: object) => ({
  type: "content_block_start",
  index,
  content_block: block,
});
const delta = (index: number, part: object) => ({ type: "content_block_delta", index, delta: part });
const stop = (index: number) => ({ type: "content_block_stop", index });
const end = (reason: string, more: object = {}, usage: object = { output_tokens: 342 }) => [
  { type: "message_delta", delta: { stop_reason: reason, stop_sequence: null, ...more }, usage },
  { type: "message_stop" },
];
const tool = (index: number, id: string, ...pieces: string[]) => [
  begin(index, { type: "tool_use", id, name: "files__read", input: {} }),
  ...["", ...pieces].map((json) => delta(index, { type: "input_json_delta", partial_json: json })),
  stop(index),
];

function read(chunks: readonly object[], origin = "") {
  const reader = messagesReader(origin);
  const events: ModelEvent[] = chunks.flatMap((chunk) => reader.read(chunk));
  const { usage, stopReason } = reader.end();
  return { events, usage, stopReason };
}

describe("an answer that thinks, speaks and calls", () => {
  const answer = read([
    START,
    begin(0, { type: "thinking", thinking: "", signature: "" }),
    { type: "ping" },
    delta(0, { type: "thinking_delta", thinking: "Two files, " }),
    delta(0, { type: "thinking_delta", thinking: "then." }),
    delta(0, { type: "signature_delta", signature: "EqQBCgIYAhIM1gbcDa9GJwZA2b3h" }),
    stop(0),
    begin(1, { type: "redacted_thinking", data: "EmwKAhgBEgy3va3pzix" }),
    stop(1),
    begin(2, { type: "text", text: "" }),
    delta(2, { type: "text_delta", text: "I read " }),
    delta(2, { type: "text_delta", text: "three." }),
    stop(2),
    ...tool(3, "toolu_1", '{"path": "/', 'a"}'),
    ...tool(4, "toolu_2", '{"path": "/b"}'),
    ...tool(5, "toolu_3"),
    ...end(
      "tool_use",
      {},
      {
        input_tokens: 21,
        cache_creation_input_tokens: 1024,
        cache_read_input_tokens: 18_432,
        output_tokens: 342,
        output_tokens_details: { thinking_tokens: 57 },
      },
    ),
  ]);

  test("keeps its thoughts with their signatures, those that are withheld too", () => {
    expect(answer.events.filter(({ type }) => type === "thinking")).toEqual([
      { type: "thinking", text: "Two files, " },
      { type: "thinking", text: "then." },
      { type: "thinking", text: "", signature: "EqQBCgIYAhIM1gbcDa9GJwZA2b3h" },
      { type: "thinking", text: "", signature: "redacted:EmwKAhgBEgy3va3pzix" },
    ]);
  });

  test("makes its calls in their order", () => {
    expect(answer.events.filter(({ type }) => type === "tool_call")).toEqual([
      { type: "tool_call", id: "toolu_1", name: "files__read", arguments: { path: "/a" } },
      { type: "tool_call", id: "toolu_2", name: "files__read", arguments: { path: "/b" } },
      { type: "tool_call", id: "toolu_3", name: "files__read", arguments: {} },
    ]);
    expect(answer.stopReason).toBe("tool_calls");
  });

  test("counts each token once: totals come again, and what is kept for an hour is part of what is kept", () => {
    expect(answer.usage).toEqual({ input: 21, output: 342, cacheRead: 18_432, cacheWrite: 1024 });
  });
});

describe("usage", () => {
  test("of the end that leaves out or empties what the beginning said changes only what it says", () => {
    const { usage } = read([
      START,
      ...end("end_turn", {}, { output_tokens: 9, cache_read_input_tokens: null }),
    ]);
    expect(usage).toEqual({ input: 21, output: 9, cacheRead: 18_432, cacheWrite: 1024 });
  });

  test("that only the end knows is taken from there", () => {
    const { message, ...rest } = START;
    const { usage } = read([
      { ...rest, message: { ...message, usage: { input_tokens: 0, output_tokens: 0 } } },
      ...end("end_turn", {}, { input_tokens: 80, output_tokens: 9, cache_read_input_tokens: 64 }),
    ]);
    expect(usage).toEqual({ input: 80, output: 9, cacheRead: 64, cacheWrite: 0 });
  });
});

describe("the reason to stop", () => {
  test.each([
    ["end_turn", "end"],
    ["stop_sequence", "end"],
    ["tool_use", "tool_calls"],
    ["max_tokens", "max_tokens"],
    ["model_context_window_exceeded", "max_tokens"],
    ["refusal", "refusal"],
    ["pause_turn", "other"],
    ["constructor", "other"],
  ] as const)("%s is %s", (reason, expected) => {
    expect(read([START, ...end(reason)]).stopReason).toBe(expected);
  });

  test("of a refusal is told, in one harmless line", () => {
    const details = { type: "refusal", category: "cyber", explanation: "not\n\u001b[31mthis" };
    expect(read([START, ...end("refusal", { stop_details: details })]).events).toEqual([
      { type: "notice", text: "the provider declined: cyber: not [31mthis" },
    ]);
    const silent = { type: "refusal", category: null, explanation: null };
    expect(read([START, ...end("refusal", { stop_details: silent })]).events).toEqual([]);
  });
});

describe("thoughts of who only speaks the same API", () => {
  test("are kept with who signed them", () => {
    const { events } = read([START, begin(0, { type: "redacted_thinking", data: "eHl6" })], "https://x.test");
    expect(events).toEqual([{ type: "thinking", text: "", signature: "https://x.test redacted:eHl6" }]);
  });
});
