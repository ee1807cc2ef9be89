/** The stream of the Responses API, as OpenAI sends it. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { responsesReader } from "../../../src/llm/openai/responses-events.ts";
import { ORIGIN } from "./requests.ts";

type Event = { type: string; [field: string]: unknown };

function read(...events: readonly Event[]) {
  const reader = responsesReader(ORIGIN);
  const read = events.flatMap((event) => reader.read(event));
  const end = reader.end();
  return { events: [...read, ...end.events], end };
}

const added = (item: object): Event => ({ type: "response.output_item.added", item });
const done = (item: object): Event => ({ type: "response.output_item.done", item });
const delta = (kind: string, item_id: string, delta: string): Event => ({
  type: `response.${kind}.delta`,
  item_id,
  delta,
});
const USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 60 },
  output_tokens: 40,
  output_tokens_details: { reasoning_tokens: 32 },
  total_tokens: 140,
};
const completed = (more: object = {}): Event => ({
  type: "response.completed",
  response: { status: "completed", usage: USAGE, ...more },
});
const incomplete = (reason: string): Event => ({
  type: "response.incomplete",
  response: { status: "incomplete", incomplete_details: { reason }, usage: USAGE },
});

describe("text", () => {
  test("comes in pieces, and its end does not tell it again", () => {
    const { events, end } = read(
      { type: "response.created", response: { status: "in_progress", usage: null } },
      added({ type: "message", id: "msg_1", content: [] }),
      delta("output_text", "msg_1", "Hel"),
      delta("output_text", "msg_1", "lo"),
      done({ type: "message", id: "msg_1", content: [{ type: "output_text", text: "Hello" }] }),
      completed(),
    );
    expect(events).toEqual([
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
    ]);
    expect(end).toMatchObject({ recognised: true, stopReason: "end", isEnough: true });
  });

  test("that comes whole is told", () => {
    const item = { type: "message", id: "msg_1", content: [{ type: "output_text", text: "Hello" }] };
    expect(read(done(item), completed()).events).toEqual([{ type: "text", text: "Hello" }]);
  });

  test("a refusal is shown, and is the reason to stop", () => {
    const { events, end } = read(delta("refusal", "msg_1", "I will not."), completed());
    expect(events).toEqual([{ type: "text", text: "I will not." }]);
    expect(end.stopReason).toBe("refusal");
  });
});

describe("thoughts", () => {
  const item = { type: "reasoning", id: "rs_1", encrypted_content: "gAAA" };
  const signature = `openai:${JSON.stringify({ origin: ORIGIN, id: "rs_1", encrypted_content: "gAAA" })}`;

  test("are summed up in parts, and end with what has to go back", () => {
    const part = (summary_index: number) => ({
      type: "response.reasoning_summary_part.added",
      item_id: "rs_1",
      summary_index,
    });
    const { events } = read(
      added({ ...item, encrypted_content: "half" }),
      part(0),
      delta("reasoning_summary_text", "rs_1", "First."),
      part(1),
      delta("reasoning_summary_text", "rs_1", "Then."),
      done({ ...item, summary: [{ type: "summary_text", text: "First." }, { text: "Then." }] }),
    );
    expect(events).toEqual([
      { type: "thinking", text: "First." },
      { type: "thinking", text: "\n\n" },
      { type: "thinking", text: "Then." },
      { type: "thinking", text: "", signature },
    ]);
  });

  test("without a summary are what has to go back alone", () => {
    expect(read(done({ ...item, summary: [] })).events).toEqual([{ type: "thinking", text: "", signature }]);
  });

  test("that come whole are told with it", () => {
    const summary = [{ type: "summary_text", text: "Hm." }];
    expect(read(done({ ...item, summary })).events).toEqual([{ type: "thinking", text: "Hm.", signature }]);
  });

  test("in the open, as servers of open models send them, have no signature", () => {
    const { events } = read(delta("reasoning_text", "rs_1", "Hm."), done({ type: "reasoning", id: "rs_1" }));
    expect(events).toEqual([{ type: "thinking", text: "Hm." }]);
  });
});

describe("calls", () => {
  const item = (n: number, more: object = {}) => ({
    type: "function_call",
    id: `fc_${n}`,
    call_id: `call_${n}`,
    name: "read",
    arguments: "",
    ...more,
  });
  const argument = (n: number, piece: string) => delta("function_call_arguments", `fc_${n}`, piece);

  test("at once, their pieces between each other", () => {
    const { events, end } = read(
      added(item(1)),
      added(item(2)),
      argument(1, '{"n"'),
      argument(2, '{"m":2}'),
      argument(1, ":1}"),
      done(item(2, { arguments: '{"m":2}' })),
      done(item(1, { arguments: '{"n":1}' })),
      completed(),
    );
    expect(events.filter(({ type }) => type === "tool_call_start")).toEqual([
      { type: "tool_call_start", id: "call_1", name: "read" },
      { type: "tool_call_start", id: "call_2", name: "read" },
    ]);
    expect(events.filter(({ type }) => type === "tool_call")).toEqual([
      { type: "tool_call", id: "call_2", name: "read", arguments: { m: 2 } },
      { type: "tool_call", id: "call_1", name: "read", arguments: { n: 1 } },
    ]);
    expect(end.stopReason).toBe("tool_calls");
  });

  test("that only end", () => {
    expect(read(done(item(1, { arguments: '{"n":1}' })), completed()).events).toEqual([
      { type: "tool_call_start", id: "call_1", name: "read" },
      { type: "tool_call", id: "call_1", name: "read", arguments: { n: 1 } },
    ]);
  });

  test("cut off at the limit are not run with arguments that are half there", () => {
    const { events, end } = read(
      added(item(1)),
      argument(1, '{"n"'),
      done(item(1, { arguments: '{"n"', status: "incomplete" })),
      incomplete("max_output_tokens"),
    );
    expect(events.at(-1)).toMatchObject({ type: "tool_call", invalidArguments: '{"n"' });
    expect(end.stopReason).toBe("max_tokens");
  });
});

describe("the end", () => {
  test("tells the usage, what was read from the cache and written to it apart", () => {
    expect(read(completed()).end.usage).toEqual({ input: 40, output: 40, cacheRead: 60, cacheWrite: 0 });
    const details = { cached_tokens: 60, cache_write_tokens: 30 };
    expect(read(completed({ usage: { ...USAGE, input_tokens_details: details } })).end.usage).toEqual({
      input: 10,
      output: 40,
      cacheRead: 60,
      cacheWrite: 30,
    });
  });

  test("without usage leaves it unknown", () => {
    expect(read(completed({ usage: null })).end.usage).toBeUndefined();
  });

  test.each([
    ["max_output_tokens", "max_tokens"],
    ["content_filter", "refusal"],
    ["steered", "other"],
    ["constructor", "other"],
  ])("incomplete for %s is %s", (reason, expected) => {
    const { end } = read(incomplete(reason));
    expect<unknown>(end.stopReason).toBe(expected);
    expect(end.usage).toMatchObject({ output: 40 });
  });

  test("of a failure is what the provider said", () => {
    const error = { code: "rate_limit_exceeded", message: "Slow down." };
    const { end } = read({ type: "response.failed", response: { status: "failed", error, usage: USAGE } });
    expect(end.failure).toEqual({ error });
    expect(end.usage).toMatchObject({ output: 40 });
    expect(read({ type: "response.failed", response: {} }).end.failure).toBeDefined();
    expect(read({ type: "error", ...error }).end.failure).toMatchObject(error);
  });

  test("that never came is none", () => {
    const { end } = read(delta("output_text", "msg_1", "Hel"));
    expect(end).toMatchObject({ recognised: true, stopReason: undefined });
  });
});

test("events that nobody knows and those of wrong types are passed over", () => {
  const odd = [
    { type: "response.web_search_call.searching", item_id: "ws_1" },
    { type: "response.output_item.added", item: null },
    { type: "response.output_item.done" },
    { type: "response.output_text.delta", delta: 7 },
    { type: "response.function_call_arguments.delta", item_id: "fc_9", delta: "{}" },
    { type: "keepalive", sequence_number: 3 },
  ];
  expect(read(...odd).events).toEqual([]);
});

test("nothing that a server sends is more than an event that is passed over", () => {
  const type = fc.constantFrom(
    ...["output_item.added", "output_item.done", "output_text.delta", "refusal.delta", "completed", "failed"],
    ...["reasoning_summary_part.added", "function_call_arguments.delta", "incomplete"],
  );
  const item = fc.record({
    type: fc.constantFrom("message", "reasoning", "function_call"),
    id: fc.jsonValue(),
  });
  const value = fc.oneof(fc.jsonValue(), item);
  const event = fc.record({ type, item: value, response: value, delta: value, item_id: value });
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const { end } = read(...events.map((one) => ({ ...one, type: `response.${one.type}` })));
      expect(end.recognised).toBe(events.length > 0);
    }),
  );
});
