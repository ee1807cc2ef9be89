import { describe, expect, test } from "bun:test";
import type { CreateMessageRequestParams } from "@modelcontextprotocol/client";
import { sampleRequestOf, Unanswerable } from "../../../src/mcp/client/requests/sampling-request.ts";

const user = (text: string) => ({ role: "user" as const, content: { type: "text" as const, text } });
const request = (changes: Partial<CreateMessageRequestParams> = {}) =>
  sampleRequestOf({ messages: [user("hi")], maxTokens: 100, ...changes });
const tool = (name: string) => ({ name, inputSchema: { type: "object" as const } });

test("a plain request in our words", () => {
  expect(
    request({
      systemPrompt: "be brief",
      temperature: 0.5,
      stopSequences: ["END"],
      modelPreferences: { hints: [{ name: "sonnet" }, {}, { name: "gpt" }] },
      includeContext: "allServers",
    }),
  ).toEqual({
    messages: [{ role: "user", blocks: [{ type: "text", text: "hi" }] }],
    tools: [],
    maxTokens: 100,
    hints: ["sonnet", "gpt"],
    system: "be brief",
    temperature: 0.5,
    stop: ["END"],
  });
});

describe("bounds", () => {
  test.each([
    [1_000_000, 4096],
    [0, 1],
    [-5, 1],
    [50, 50],
  ])("%d tokens are asked for as %d", (asked, given) => {
    expect(request({ maxTokens: asked }).maxTokens).toBe(given);
  });
  test("temperature, stops and hints", () => {
    const many = Array.from({ length: 50 }, (_, index) => `s${index}`);
    const bounded = request({
      temperature: 99,
      stopSequences: ["", "x".repeat(500), ...many],
      modelPreferences: { hints: many.map((name) => ({ name })) },
    });
    expect(bounded.temperature).toBe(2);
    expect(bounded.stop).toEqual(["s0", "s1", "s2", "s3"]);
    expect(bounded.hints).toHaveLength(10);
  });
  test.each<[string, Partial<CreateMessageRequestParams>]>([
    ["nothing", { messages: [] }],
    ["an empty text", { messages: [user("")] }],
    ["too many messages", { messages: Array.from({ length: 501 }, () => user("x")) }],
    ["too long a message", { messages: [user("x".repeat(1_000_001))] }],
    ["too long a system prompt", { systemPrompt: "x".repeat(1_000_001) }],
    ["too many tools", { tools: Array.from({ length: 129 }, (_, index) => tool(`t${index}`)) }],
    ["a tool with a name that no provider takes", { tools: [tool("a b")] }],
  ])("%s is refused", (_what, changes) => {
    expect(() => request(changes)).toThrow(Unanswerable);
  });
});

test("what cannot be seen is made visible to the model", () => {
  const { messages, system } = request({ messages: [user("a\u200bb")], systemPrompt: "c\u202ed" });
  expect(messages[0]?.blocks).toEqual([{ type: "text", text: "a\\u{200b}b" }]);
  expect(system).toBe("c\\u{202e}d");
});

test("images and sounds become notes, calls and results keep their places", () => {
  const { messages } = request({
    messages: [
      { role: "user", content: { type: "image", data: "AAAA", mimeType: "image/png" } },
      {
        role: "assistant",
        content: [
          { type: "text", text: "let me see" },
          { type: "tool_use", id: "1", name: "look", input: { at: "it" } },
        ],
      },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            toolUseId: "1",
            isError: true,
            content: [
              { type: "text", text: "nothing there" },
              { type: "audio", data: "AAAA", mimeType: "audio/wav" },
            ],
          },
        ],
      },
    ],
  });
  expect(messages).toEqual([
    { role: "user", blocks: [{ type: "text", text: "[image image/png not shown]" }] },
    {
      role: "assistant",
      blocks: [
        { type: "text", text: "let me see" },
        { type: "tool_call", id: "1", name: "look", arguments: { at: "it" } },
      ],
    },
    {
      role: "user",
      blocks: [
        {
          type: "tool_result",
          callId: "1",
          isError: true,
          content: "nothing there\n[audio audio/wav not shown]",
        },
      ],
    },
  ]);
});

test("no tools are offered when the server wants none used", () => {
  expect(request({ tools: [tool("a")] }).tools).toHaveLength(1);
  expect(request({ tools: [tool("a")], toolChoice: { mode: "none" } }).tools).toEqual([]);
});
