import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Block, Message } from "../../src/lib/conversation.ts";
import { toMessagesRequest } from "../../src/llm/anthropic/messages.ts";
import { toCompletionsRequest } from "../../src/llm/openai/messages.ts";
import type { ModelRequest } from "../../src/llm/port.ts";
import { quirksOf } from "../../src/llm/presets.ts";
import { CONTINUE, type ToolCall, type Turn, transcriptOf } from "../../src/llm/transcript.ts";
import { complaint } from "../fixtures/model-server/checks.ts";
import { recordOf } from "../fixtures/model-server/record.ts";
import { requestOf, user, WIRES } from "./ask.ts";

type Text = Extract<Block, { type: "text" }>;

const text = (content: string): Text => ({ type: "text", text: content });
const call = (id: string, name = "read"): ToolCall => ({ type: "tool_call", id, name, arguments: { n: 1 } });
const result = (callId: string, content = "done", isError = false): Block => ({
  type: "tool_result",
  callId,
  content,
  isError,
});
const assistant = (...blocks: Block[]): Message => ({ role: "assistant", blocks });
const from = (...blocks: Block[]): Message => ({ role: "user", blocks });

const order = (messages: readonly Message[]): Turn[] => transcriptOf(messages, "signed");

const messagesBody = (request: ModelRequest) => toMessagesRequest(request, { cache: false, origin: "" }).body;

/** What a real provider would say about the conversation, on either wire. */
function complaints(messages: readonly Message[]): (string | undefined)[] {
  const request = requestOf({ messages });
  return WIRES.map((wire) => {
    const path = wire === "anthropic" ? "/v1/messages" : "/v1/chat/completions";
    const body = wire === "anthropic" ? messagesBody(request) : toCompletionsRequest(request);
    return complaint(recordOf(new Request(`http://x${path}`), JSON.stringify(body), 0));
  });
}

describe("a conversation in order", () => {
  test("goes as it is", () => {
    const messages = [user("a"), assistant(call("1")), from(result("1")), assistant(text("b")), user("c")];
    expect(order(messages)).toEqual([
      { role: "user", results: [], parts: [text("a")] },
      { role: "assistant", blocks: [call("1")] },
      {
        role: "user",
        results: [{ type: "tool_result", callId: "1", content: "done", isError: false }],
        parts: [],
      },
      { role: "assistant", blocks: [text("b")] },
      { role: "user", results: [], parts: [text("c")] },
    ]);
  });
});

describe("what a crash leaves", () => {
  test("calls without results are answered: nobody knows what became of them", () => {
    const [, , answer] = order([
      user("a"),
      assistant(call("1"), call("2")),
      from(result("2"), text("go on")),
    ]);
    expect(answer).toMatchObject({
      role: "user",
      results: [
        { callId: "1", isError: true, content: expect.stringContaining("Outcome unknown") },
        { callId: "2", isError: false },
      ],
      parts: [text("go on")],
    });
  });

  test("calls at the very end are answered too", () => {
    expect(order([user("a"), assistant(call("1"))]).at(-1)).toMatchObject({
      results: [{ callId: "1", isError: true }],
      parts: [],
    });
  });

  test("a call that was cut off is known not to have run", () => {
    const cut = { ...call("1"), arguments: {}, invalidArguments: '{"n"' };
    const conversation = [user("a"), assistant(cut), user("and?")];
    expect(order(conversation).at(-1)).toMatchObject({
      results: [{ callId: "1", isError: true, content: expect.stringContaining("Not run") }],
      parts: [text("and?")],
    });
    expect(complaints(conversation)).toEqual([undefined, undefined]);
  });

  test("a partial answer is followed by the next question", () => {
    expect(order([user("a"), assistant(text("I was ")), user("and?")])).toHaveLength(3);
  });

  test("a partial answer at the end is asked to go on, as a prefill would be refused", () => {
    expect(order([user("a"), assistant(text("I was  "))]).at(-1)).toEqual({
      role: "user",
      results: [],
      parts: [text(CONTINUE)],
    });
  });

  test("a thought at the end goes, and the answer with it that never came", () => {
    const thought = { type: "thinking", text: "hm", signature: "sig" } as const;
    expect(order([user("a"), assistant(thought), user("b")])).toHaveLength(1);
    expect(order([user("a"), assistant(thought, text("so"), thought), user("b")])[1]).toEqual({
      role: "assistant",
      blocks: [thought, text("so")],
    });
  });

  test("blank messages go, and neighbours of one role join", () => {
    expect(order([user("a"), assistant(text(" \n")), user("b"), assistant(), user("c")])).toEqual([
      { role: "user", results: [], parts: [text("a"), text("b"), text("c")] },
    ]);
  });
});

describe("what a trimmed window or another model leaves", () => {
  test("an answer without its question", () => {
    expect(order([assistant(text("b")), user("c")])[0]).toMatchObject({ role: "user" });
  });

  test("a result without its call becomes text", () => {
    expect(order([from(result("gone", "42"))])).toEqual([
      { role: "user", results: [], parts: [text("(Result of a tool call that is left out: 42)")] },
    ]);
  });

  test("ids and names that a provider would not take back", () => {
    const turns = order([user("a"), assistant(call("", "functions.read"), call("x".repeat(50), ""))]);
    expect(turns[1]).toMatchObject({
      blocks: [
        { id: "call", name: "functions_read" },
        { id: "x".repeat(40), name: "unknown" },
      ],
    });
  });
});

describe("any conversation at all", () => {
  const id = fc.constantFrom("1", "2", "call_0", "", "a b", "x".repeat(60));
  const words = fc.constantFrom("", " ", "\n", "text", "text ", " text");
  const block: fc.Arbitrary<Block> = fc.oneof(
    words.map(text),
    fc.record({
      type: fc.constant("thinking" as const),
      text: words,
      signature: fc.constantFrom("", "sig"),
    }),
    fc
      .tuple(id, fc.constantFrom("read", "a.b", "", "ü".repeat(80)))
      .map(([callId, name]) => call(callId, name)),
    fc.tuple(id, words, fc.boolean()).map(([callId, content, isError]) => result(callId, content, isError)),
  );
  const message = fc.record({
    role: fc.constantFrom("user" as const, "assistant" as const),
    blocks: fc.array(block, { maxLength: 5 }),
  });

  test("becomes a request that both providers accept", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        expect(complaints(messages)).toEqual([undefined, undefined]);
      }),
      { numRuns: 1000 },
    );
  });

  test("is not changed", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const before = structuredClone(messages);
        order(messages);
        expect(messages).toEqual(before);
      }),
    );
  });

  test("is in order after once: twice changes nothing", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const once = order(messages);
        const again = once.map((turn): Message => {
          if (turn.role === "assistant") return assistant(...turn.blocks);
          return from(...turn.results, ...turn.parts);
        });
        expect(order(again)).toEqual(once);
      }),
    );
  });
});

describe("Anthropic's form", () => {
  const content = (...blocks: Block[]) =>
    messagesBody(requestOf({ messages: [user("a"), assistant(...blocks), user("b")] })).messages[1]?.content;

  test("thoughts go back as they came, and only signed ones", () => {
    expect(
      content(
        { type: "thinking", text: "hm", signature: "sig" },
        { type: "thinking", text: "", signature: "redacted:xyz" },
        { type: "thinking", text: "unsigned" },
        text("so"),
      ),
    ).toEqual([
      { type: "thinking", thinking: "hm", signature: "sig" },
      { type: "redacted_thinking", data: "xyz" },
      { type: "text", text: "so" },
    ]);
  });

  test("calls of the past declare their tools, which may not be used any more", () => {
    const messages = [user("a"), assistant(call("1")), from(result("1", "", true))];
    const request = messagesBody(requestOf({ messages }));
    expect(request.tools).toEqual([{ name: "read", input_schema: { type: "object" } }]);
    expect(request.tool_choice).toEqual({ type: "none" });
    expect(request.messages[2]?.content).toEqual([
      { type: "tool_result", tool_use_id: "1", content: "(no output)", is_error: true },
    ]);
  });
});

describe("OpenAI's form", () => {
  const messagesOf = (...messages: Message[]) => toCompletionsRequest(requestOf({ messages })).messages;

  test("calls and results, with failure in words", () => {
    expect(
      messagesOf(
        user("a"),
        assistant({ type: "thinking", text: "hm", signature: "s" }, text("so"), call("1"), call("2")),
        from(result("1", "no such file", true), result("2"), text("and?")),
      ).slice(1),
    ).toEqual([
      {
        role: "assistant",
        content: "so",
        tool_calls: ["1", "2"].map((id) => ({
          id,
          type: "function" as const,
          function: { name: "read", arguments: '{"n":1}' },
        })),
      },
      { role: "tool", tool_call_id: "1", content: "Error: no such file" },
      { role: "tool", tool_call_id: "2", content: "done" },
      { role: "user", content: "and?" },
    ]);
  });

  test("the limit has another name at OpenAI itself", () => {
    const request = requestOf({ maxTokens: 5 });
    const official = { quirks: quirksOf("openai", "https://api.openai.com/v1"), origin: "" };
    expect(toCompletionsRequest(request, official)).toMatchObject({ max_completion_tokens: 5 });
    expect(toCompletionsRequest(request)).toMatchObject({ max_tokens: 5 });
    expect(toCompletionsRequest(request, official)).not.toHaveProperty("max_tokens");
  });
});
