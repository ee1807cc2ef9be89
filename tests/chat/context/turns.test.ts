import { expect, test } from "bun:test";
import { turnStarts } from "../../../src/chat/context/turns.ts";
import type { Block, Message } from "../../../src/lib/conversation.ts";

const text = (value: string): Block => ({ type: "text", text: value });
const call: Block = { type: "tool_call", id: "1", name: "t", arguments: {} };
const result: Block = { type: "tool_result", callId: "1", content: "", isError: false };
const image: Block = { type: "media", mediaType: "image/png", data: "" };
const user = (...blocks: Block[]): Message => ({ role: "user", blocks });
const assistant = (...blocks: Block[]): Message => ({ role: "assistant", blocks });

test.each<[string, Message[], number[]]>([
  ["nothing", [], []],
  ["questions", [user(text("a")), assistant(text("b")), user(text("c"))], [0, 2]],
  ["a picture alone", [user(text("a")), assistant(text("b")), user(image)], [0, 2]],
  ["two questions in a row", [user(text("a")), user(text("b"))], [0, 1]],
  ["an answer without a question", [assistant(text("a")), user(text("b"))], [0, 1]],
  [
    "results",
    [user(text("a")), assistant(call), user(result), assistant(text("b")), user(text("c"))],
    [0, 4],
  ],
  ["words with results", [user(text("a")), assistant(call), user(result, text("b"))], [0]],
  ["words before results", [user(text("a")), assistant(call), user(text("b")), user(result)], [0]],
  ["words after results", [user(text("a")), assistant(call), user(result), user(text("b"))], [0, 3]],
  [
    "results after an answer that says nothing",
    [user(text("a")), assistant(call), user(text("b")), assistant(text(" ")), user(result)],
    [0],
  ],
  ["a call without a result", [user(text("a")), assistant(call), user(text("b"))], [0, 2]],
  ["blank words", [user(text("a")), assistant(text("b")), user(text(" \n"))], [0]],
])("%s", (_, messages, starts) => {
  expect(turnStarts(messages)).toEqual(starts);
});
