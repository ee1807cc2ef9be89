/** Streams as servers other than the originals send them: each case was seen on a real one. */
import { describe, expect, test } from "bun:test";
import type { AnswerReader } from "../../src/llm/answer.ts";
import { messagesReader } from "../../src/llm/anthropic/events.ts";
import { completionsReader } from "../../src/llm/openai/events.ts";
import type { ModelEvent } from "../../src/llm/port.ts";

function read(reader: AnswerReader, chunks: readonly object[]) {
  const events = chunks.flatMap((chunk) => reader.read(chunk));
  const end = reader.end();
  return { events: [...events, ...end.events], end };
}

const calls = (events: readonly ModelEvent[]) => events.filter((event) => event.type === "tool_call");

describe("Chat Completions", () => {
  const delta = (part: object, finish: string | null = null) => ({
    choices: [{ delta: part, finish_reason: finish }],
  });
  const call = (fields: object, name?: string, json?: string) =>
    delta({ tool_calls: [{ ...fields, function: { name, arguments: json } }] });
  const STOP = delta({}, "stop");

  test("calls that all have the index 0, or none, and ids of their own (Gemini)", () => {
    for (const index of [0, undefined]) {
      const { events, end } = read(completionsReader(), [
        call({ index, id: "a" }, "read", '{"n":1}'),
        call({ index, id: "b" }, "read", '{"n":2}'),
        STOP,
      ]);
      expect(calls(events)).toMatchObject([
        { id: "a", arguments: { n: 1 } },
        { id: "b", arguments: { n: 2 } },
      ]);
      expect(end.stopReason).toBe("tool_calls");
    }
  });

  test("an id and a name with every piece (vLLM)", () => {
    const { events } = read(completionsReader(), [
      call({ index: 0, id: "a" }, "read", '{"n"'),
      call({ index: 0, id: "a" }, "read", ":1}"),
      STOP,
    ]);
    expect(calls(events)).toMatchObject([{ id: "a", name: "read", arguments: { n: 1 } }]);
    expect(events.filter((event) => event.type === "tool_call_start")).toHaveLength(1);
  });

  test("no id at all", () => {
    const { events } = read(completionsReader("m"), [
      call({ index: 0 }, "read", "{}"),
      call({ index: 1 }, "list", ""),
      STOP,
    ]);
    expect(calls(events)).toMatchObject([
      { id: "call_m_0", name: "read" },
      { id: "call_m_1", name: "list", arguments: {} },
    ]);
    const other = read(completionsReader(), [call({ index: 0 }, "read", "{}"), STOP]);
    expect(calls(other.events)[0]).not.toMatchObject({ id: "call_m_0" });
  });

  test.each(["", undefined])("calls that all have the index 0 and the id %p", (id) => {
    const { events } = read(completionsReader("m"), [
      call({ index: 0, id }, "read", '{"n"'),
      call({ index: 0, id }, undefined, ":1}"),
      call({ index: 0, id }, "read", '{"n":2}'),
      call({ index: 0, id }, "now", ""),
      call({ index: 0, id }, "then", "{}"),
      STOP,
    ]);
    expect(calls(events)).toMatchObject([
      { id: "call_m_0", name: "read", arguments: { n: 1 } },
      { id: "call_m_1", name: "read", arguments: { n: 2 } },
      { id: "call_m_2", name: "now", arguments: {} },
      { id: "call_m_3", name: "then", arguments: {} },
    ]);
  });

  test("a name with every piece and no id at all", () => {
    const { events } = read(completionsReader(), [
      call({ index: 0 }, "read", ""),
      call({ index: 0 }, "read", '{"n"'),
      call({ index: 0 }, "read", ":1}"),
      STOP,
    ]);
    expect(calls(events)).toMatchObject([{ name: "read", arguments: { n: 1 } }]);
  });

  test("an id and a name that come late", () => {
    const { events } = read(completionsReader(), [
      call({ index: 0 }, undefined, '{"n"'),
      call({ index: 0, id: "a" }),
      call({ index: 0 }, "read", ":"),
      call({ index: 0, id: "a" }, undefined, "1}"),
      STOP,
    ]);
    expect(events).toEqual([
      { type: "tool_call_start", id: "a", name: "read" },
      { type: "tool_call_arguments", id: "a", delta: '{"n":' },
      { type: "tool_call_arguments", id: "a", delta: "1}" },
      { type: "tool_call", id: "a", name: "read", arguments: { n: 1 } },
    ]);
  });

  test("an index in the first piece alone", () => {
    const { events } = read(completionsReader(), [
      call({ index: 0, id: "a" }, "read", '{"n"'),
      call({}, undefined, ":1}"),
      STOP,
    ]);
    expect(calls(events)).toMatchObject([{ id: "a", arguments: { n: 1 } }]);
  });

  test("two calls with one id are told apart", () => {
    const { events } = read(completionsReader("m"), [
      call({ index: 0, id: "a" }, "read", '{"n":1}'),
      call({ index: 1, id: "a" }, "read", '{"n":2}'),
      STOP,
    ]);
    expect(calls(events)).toMatchObject([
      { id: "a", arguments: { n: 1 } },
      { id: "call_m_1", arguments: { n: 2 } },
    ]);
  });

  test("arguments as an object", () => {
    const whole = { id: "a", function: { name: "read", arguments: { n: 1 } } };
    const { events } = read(completionsReader(), [delta({ tool_calls: [whole] }), STOP]);
    expect(calls(events)).toMatchObject([{ arguments: { n: 1 } }]);
  });

  test("content in parts (Mistral)", () => {
    const thinking = { type: "thinking", thinking: [{ type: "text", text: "hm" }] };
    const parts = [thinking, { type: "text", text: "So" }, { type: "reference", reference_ids: [1] }, null];
    expect(read(completionsReader(), [delta({ content: parts }), STOP]).events).toEqual([
      { type: "thinking", text: "hm" },
      { type: "text", text: "So" },
    ]);
  });

  test("interleaved pieces of two calls", () => {
    const { events } = read(completionsReader(), [
      call({ index: 0, id: "a" }, "read", '{"n"'),
      call({ index: 1, id: "b" }, "list", '{"m"'),
      call({ index: 0 }, undefined, ":1}"),
      call({ index: 1 }, undefined, ":2}"),
      delta({}, "tool_calls"),
    ]);
    expect(calls(events)).toMatchObject([{ arguments: { n: 1 } }, { arguments: { m: 2 } }]);
  });

  test.each(["reasoning_content", "reasoning"])("thoughts under %s", (field) => {
    expect(read(completionsReader(), [delta({ [field]: "hm" }), STOP]).events).toEqual([
      { type: "thinking", text: "hm" },
    ]);
  });

  test("a refusal is shown, and is the reason to stop", () => {
    const { events, end } = read(completionsReader(), [delta({ refusal: "I will not." }), STOP]);
    expect(events).toEqual([{ type: "text", text: "I will not." }]);
    expect(end.stopReason).toBe("refusal");
  });

  test("usage with the last chunk instead of after it, without details", () => {
    const last = { ...STOP, usage: { prompt_tokens: 3, completion_tokens: 4 } };
    expect(read(completionsReader(), [last]).end.usage).toEqual({
      input: 3,
      output: 4,
      cacheRead: 0,
      cacheWrite: 0,
    });
  });

  test("no usage is unknown, not zero", () => {
    expect(read(completionsReader(), [STOP]).end.usage).toBeUndefined();
  });
});

describe("Messages", () => {
  const start = (content_block: object) => ({ type: "content_block_start", index: 0, content_block });
  const stop = { type: "content_block_stop", index: 0 };
  const use = (input: object) => start({ type: "tool_use", id: "a", name: "read", input });

  test("arguments all at once, with the start of the block", () => {
    const last = { type: "message_delta", delta: { stop_reason: "tool_use" } };
    const { events } = read(messagesReader(), [use({ n: 1 }), stop, last]);
    expect(calls(events)).toMatchObject([{ arguments: { n: 1 } }]);
  });

  test("a call that is broken off is no call", () => {
    const piece = { type: "input_json_delta", partial_json: '{"n":1}' };
    const { events } = read(messagesReader(), [
      use({}),
      { type: "content_block_delta", index: 0, delta: piece },
    ]);
    expect(calls(events)).toEqual([]);
  });

  test("a call whose block nothing ended is whole if the answer is, and cut off at a limit", () => {
    const last = (stop_reason: string) => ({ type: "message_delta", delta: { stop_reason } });
    const invalidArguments = "the answer was cut off";
    expect(calls(read(messagesReader(), [use({}), last("tool_use")]).events)).toMatchObject([
      { arguments: {} },
    ]);
    expect(calls(read(messagesReader(), [use({}), last("max_tokens")]).events)).toMatchObject([
      { invalidArguments },
    ]);
    expect(calls(read(messagesReader(), [use({ n: 1 }), stop, last("max_tokens")]).events)).toEqual([
      { type: "tool_call", id: "a", name: "read", arguments: { n: 1 } },
    ]);
  });

  test("calls stay where they were said", () => {
    const say = { ...start({ type: "text", text: "then" }), index: 1 };
    const { events } = read(messagesReader(), [use({ n: 1 }), stop, say]);
    expect(events.map((event) => event.type)).toEqual(["tool_call_start", "tool_call", "text"]);
  });

  test("a redacted thought is kept for the way back", () => {
    const { events } = read(messagesReader(), [start({ type: "redacted_thinking", data: "xyz" }), stop]);
    expect(events).toEqual([{ type: "thinking", text: "", signature: "redacted:xyz" }]);
  });

  test("running totals of tokens, cached ones apart", () => {
    const { end } = read(messagesReader(), [
      {
        type: "message_start",
        message: { usage: { input_tokens: 5, output_tokens: 1, cache_creation_input_tokens: 9 } },
      },
      { type: "message_delta", delta: {}, usage: { output_tokens: 20, cache_read_input_tokens: 7 } },
    ]);
    expect(end.usage).toEqual({ input: 5, output: 20, cacheRead: 7, cacheWrite: 9 });
  });

  test.each([
    ["stop_sequence", "end"],
    ["model_context_window_exceeded", "max_tokens"],
    ["pause_turn", "other"],
  ])("%s is %s", (reason, expected) => {
    const { end } = read(messagesReader(), [{ type: "message_delta", delta: { stop_reason: reason } }]);
    expect<unknown>(end.stopReason).toBe(expected);
  });
});

test.each(["constructor", "__proto__", "toString"])("the reason %s is just another", (reason) => {
  const chunk = { choices: [{ delta: { content: "Hi" }, finish_reason: reason }] };
  expect(read(completionsReader(), [chunk]).end.stopReason).toBe("other");
  const last = { type: "message_delta", delta: { stop_reason: reason } };
  expect(read(messagesReader(), [last]).end.stopReason).toBe("other");
});
