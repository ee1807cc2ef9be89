import { expect, test } from "bun:test";
import type { Message } from "../../../src/lib/conversation.ts";
import { historyOf } from "../../../src/models/host/history.ts";

const user = (text: string): Message => ({ role: "user", blocks: [{ type: "text", text }] });
const assistant = (text: string): Message => ({ role: "assistant", blocks: [{ type: "text", text }] });

test("a conversation ends with the response that is to be written", () => {
  expect(historyOf("Be brief.", [user("hi"), assistant("Hello"), user("again")])).toEqual([
    { type: "system", text: "Be brief." },
    { type: "user", text: "hi" },
    { type: "model", response: ["Hello"] },
    { type: "user", text: "again" },
    { type: "model", response: [] },
  ]);
});

test("an answer that broke off is gone on with", () => {
  expect(historyOf(undefined, [user("hi"), assistant("Hel")]).at(-1)).toEqual({
    type: "model",
    response: ["Hel"],
  });
});

test("questions that were not answered are one", () => {
  expect(historyOf(undefined, [user("one"), user("two")])[0]).toEqual({ type: "user", text: "one\n\ntwo" });
});

test("calls and their results are a part of one response, as the model spelled them", () => {
  const raw = ["||call: clock()"];
  const messages: Message[] = [
    user("what time is it?"),
    {
      role: "assistant",
      blocks: [
        { type: "thinking", text: "a clock" },
        {
          type: "tool_call",
          id: "1",
          name: "clock",
          arguments: {},
          extra: { origin: "local", content: { raw } },
        },
        { type: "tool_call", id: "2", name: "zone", arguments: { of: "here" } },
        { type: "tool_call", id: "3", name: "lost", arguments: {} },
      ],
    },
    {
      role: "user",
      blocks: [
        { type: "tool_result", callId: "1", content: "noon", isError: false },
        { type: "tool_result", callId: "2", content: "no zone", isError: true },
      ],
    },
    assistant("It is noon."),
  ];
  const call = { type: "functionCall" };
  expect(historyOf(undefined, messages)).toEqual([
    { type: "user", text: "what time is it?" },
    {
      type: "model",
      response: [
        { type: "segment", segmentType: "thought", text: "a clock", ended: true },
        { ...call, name: "clock", params: {}, result: "noon", rawCall: raw, startsNewChunk: true },
        { ...call, name: "zone", params: { of: "here" }, result: "Error: no zone", startsNewChunk: false },
        {
          ...call,
          name: "lost",
          params: {},
          result: "Error: the call was interrupted; there is no result.",
          startsNewChunk: false,
        },
        "It is noon.",
      ],
    },
  ] as ReturnType<typeof historyOf>); // The raw call is the library's own form, which a test need not spell.
});
