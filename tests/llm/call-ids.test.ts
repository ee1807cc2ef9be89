/** Ids of tool calls: unique in a conversation, whatever servers make of them. */
import { expect, test } from "bun:test";
import type { Block, Message } from "../../src/lib/conversation.ts";
import { transcriptOf } from "../../src/llm/transcript.ts";
import { user } from "./ask.ts";

const call = (id: string): Block => ({ type: "tool_call", id, name: "read", arguments: { n: 1 } });
const result = (callId: string, content = "done"): Block => ({
  type: "tool_result",
  callId,
  content,
  isError: false,
});
const assistant = (...blocks: Block[]): Message => ({ role: "assistant", blocks });
const from = (...blocks: Block[]): Message => ({ role: "user", blocks });
const order = (messages: readonly Message[]) => transcriptOf(messages, "signed");

test("ids that repeat in every answer", () => {
  const turns = order([
    user("a"),
    assistant(call("call_0")),
    from(result("call_0", "one")),
    assistant(call("call_0")),
    from(result("call_0", "two")),
  ]);
  expect(turns.map((turn) => (turn.role === "user" ? turn.results.map(({ callId }) => callId) : []))).toEqual(
    [[], [], ["call_0"], [], ["call_0_2"]],
  );
});

test("calls of one answer that share an id keep their own results", () => {
  const [, , results] = order([
    user("a"),
    assistant(call("1"), call("1")),
    from(result("1", "first"), result("1", "second")),
  ]);
  expect(results).toMatchObject({
    results: [
      { callId: "1", content: "first" },
      { callId: "1_2", content: "second" },
    ],
  });
});

// With a search from the start for each of them this would take a minute.
test("ids that repeat twenty thousand times", () => {
  const messages = Array.from({ length: 20_000 }, () => [assistant(call("call_0")), from(result("call_0"))]);
  const turns = order([user("a"), ...messages.flat()]);
  const ids = turns.flatMap((turn) => (turn.role === "user" ? turn.results.map(({ callId }) => callId) : []));
  expect(new Set(ids).size).toBe(20_000);
  expect(ids.at(-1)).toBe("call_0_20000");
}, 10_000);
