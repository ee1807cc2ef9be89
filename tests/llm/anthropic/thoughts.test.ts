import { describe, expect, test } from "bun:test";
import type { Message } from "../../../src/lib/conversation.ts";
import type { Recipient } from "../../../src/llm/anthropic/messages.ts";
import type { ModelRequest } from "../../../src/llm/port.ts";
import { user } from "../ask.ts";
import { assistant, bodyFor, call, from, result, text, thought } from "./recipients.ts";

/** An answer of the past, and one under way that thought between its calls. */
const LOOP: Message[] = [
  user("a"),
  assistant(thought("past"), text("so")),
  user("b"),
  assistant(thought("first"), call("1"), thought("", "redacted:eHl6"), call("2")),
  from(result("1"), result("2")),
];

function thoughtsSent(more: Partial<ModelRequest>, recipient: Partial<Recipient> = {}): unknown[] {
  const { messages } = bodyFor({ messages: LOOP, ...more }, recipient);
  const blocks = messages.flatMap(({ content }) => (typeof content === "string" ? [] : content));
  return blocks.flatMap((block) => {
    if (block.type === "thinking") return [block.thinking];
    return block.type === "redacted_thinking" ? [block.data] : [];
  });
}

describe("thoughts", () => {
  test("go back as they came, where they were, withheld ones too", () => {
    const { messages } = bodyFor({ messages: LOOP, model: "claude-opus-4-6" });
    expect(messages[3]?.content).toEqual([
      { type: "thinking", thinking: "first", signature: "c2ln" },
      { type: "tool_use", id: "1", name: "read", input: {} },
      { type: "redacted_thinking", data: "eHl6" },
      { type: "tool_use", id: "2", name: "read", input: {} },
    ]);
  });

  test.each(["claude-opus-4-6", "claude-sonnet-4-5", "claude-opus-5-5", "claude-next", "kimi-k3"])(
    "all go back to %s, whatever the effort",
    (model) => {
      for (const effort of [undefined, "low"] as const) {
        expect(thoughtsSent({ model, ...(effort ? { effort } : {}) })).toEqual(["past", "first", "eHl6"]);
      }
    },
  );

  test.each([
    ["claude-3-5-sonnet-latest", "low"],
    ["claude-sonnet-4-5", "off"],
    ["claude-opus-5", "off"],
  ] as const)("none go to %s, which does not think with effort %s", (model, effort) => {
    expect(thoughtsSent({ model, effort })).toEqual([]);
  });

  test("only those of the answer under way go where bound ones cannot be passed over", () => {
    expect(thoughtsSent({ model: "claude-opus-5-5" }, { origin: "https://proxy.test" })).toEqual([
      "first",
      "eHl6",
    ]);
    expect(thoughtsSent({ model: "claude-sonnet-5-5", effort: "off" })).toEqual(["first", "eHl6"]);
  });

  test("without their text go to models that hide theirs alone", () => {
    const messages = [user("a"), assistant(thought(""), text("so")), user("b")];
    expect(thoughtsSent({ model: "claude-opus-5", messages })).toEqual([""]);
    expect(thoughtsSent({ model: "claude-sonnet-4-5", messages })).toEqual([]);
  });
});

describe("thoughts of another provider", () => {
  const by = (signature: string): Message[] => [
    user("a"),
    assistant(thought("hm", signature), text("so")),
    user("b"),
  ];
  const model = "claude-sonnet-5";

  test.each(["openai:rs_1:gAAA", '{"id":"rs_1"}', "https://other.test c2ln"])(
    "signed %p stay away from Anthropic",
    (signature) => {
      expect(thoughtsSent({ model, messages: by(signature) })).toEqual([]);
    },
  );

  test("go back to who signed them, without the mark", () => {
    const body = bodyFor(
      { model, messages: by("https://other.test c2ln") },
      { origin: "https://other.test" },
    );
    expect(body.messages[1]?.content[0]).toEqual({ type: "thinking", thinking: "hm", signature: "c2ln" });
    expect(
      thoughtsSent({ model, messages: by("https://other.test c2ln") }, { origin: "https://x.test" }),
    ).toEqual([]);
  });

  test("an answer that another began without a thought goes on without one", () => {
    const messages = [user("a"), assistant(call("1")), from(result("1"))];
    const request = { model: "claude-sonnet-4-5", effort: "low" as const, messages };
    expect(bodyFor(request)).not.toHaveProperty("thinking");
    expect(bodyFor({ ...request, messages: [...messages, user("b")] })).not.toHaveProperty("thinking");
    expect(bodyFor({ ...request, messages: [user("a")] })).toHaveProperty("thinking");
    expect(bodyFor({ ...request, model: "claude-opus-4-6" })).toHaveProperty("thinking");
  });
});
