/** Through the real SDK: what servers send that speak OpenAI's wire in their own way. */
import { describe, expect, test } from "bun:test";
import { BlockCollector } from "../../src/chat/collector.ts";
import type { Message } from "../../src/lib/conversation.ts";
import { createProvider } from "../../src/llm/create.ts";
import { type Script, says } from "../fixtures/model-server/script.ts";
import { ask, failureOf, KEY, pooled, providerAt, requestOf, serving, user } from "./ask.ts";

describe("servers that only resemble OpenAI", () => {
  const answered = (body: string, contentType = "text/event-stream", status = 200) =>
    serving([{ kind: "raw", body, contentType, status }], (server) => ask(providerAt("openai", server)));
  const frame = (delta: object) => `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`;

  test.each(["\n\n", "\r\n\r\n"])(
    "a stream that is marked as over is, without a reason to stop",
    async (end) => {
      const marked = `data: [DONE]${end}`;
      expect(await answered(frame({ content: "Hi" }) + marked)).toEqual([
        { type: "text", text: "Hi" },
        { type: "done", stopReason: "other" },
      ]);
      const call = { index: 0, id: "a", function: { name: "read", arguments: '{"n":1}' } };
      expect((await answered(frame({ tool_calls: [call] }) + marked)).slice(-2)).toEqual([
        { type: "tool_call", id: "a", name: "read", arguments: { n: 1 } },
        { type: "done", stopReason: "other" },
      ]);
    },
  );

  test("a stream that is not, or that said nothing, is cut off", async () => {
    expect(failureOf(await answered(frame({ content: "data: [DONE]" }))).kind).toBe("cut_off");
    expect(failureOf(await answered(`${frame({ role: "assistant" })}data: [DONE]\n\n`)).kind).toBe("cut_off");
  });

  test("an answer that comes whole is read", async () => {
    const called = { id: "a", type: "function", function: { name: "read", arguments: '{"n":1}' } };
    const message = { role: "assistant", content: "Hi", tool_calls: [called] };
    const usage = { prompt_tokens: 3, completion_tokens: 4 };
    const whole = { object: "chat.completion", choices: [{ message, finish_reason: "tool_calls" }], usage };
    expect(await answered(JSON.stringify(whole), "application/json; charset=utf-8")).toEqual([
      { type: "text", text: "Hi" },
      { type: "tool_call_start", id: "a", name: "read" },
      { type: "tool_call_arguments", id: "a", delta: '{"n":1}' },
      { type: "tool_call", id: "a", name: "read", arguments: { n: 1 } },
      { type: "usage", usage: { input: 3, output: 4, cacheRead: 0, cacheWrite: 0 } },
      { type: "done", stopReason: "tool_calls" },
    ]);
  });

  test("what came with a call goes back with it, and to nobody else (Gemini)", async () => {
    const extra_content = { google: { thought_signature: "c2lnbmF0dXJl" } };
    const call = { index: 0, id: "a", extra_content, function: { name: "read", arguments: "{}" } };
    const body = `${frame({ tool_calls: [call] })}data: [DONE]\n\n`;
    const script: Script = [{ kind: "raw", body }, says("done")];
    await serving(script, async (server) => {
      const collector = new BlockCollector();
      for (const event of await ask(providerAt("openai", server))) collector.add(event);
      const request = requestOf({
        messages: [user("a"), { role: "assistant", blocks: [...collector.blocks] }],
      });
      await ask(providerAt("openai", server), request);
      expect(server.requests[1]?.body.messages[1].tool_calls).toEqual([
        { id: "a", type: "function", extra_content, function: { name: "read", arguments: "{}" } },
      ]);
      await serving([says("hi")], async (other) => {
        await ask(providerAt("openai", other), request);
        expect(other.requests[0]?.body.messages[1].tool_calls).toEqual([
          { id: "a", type: "function", function: { name: "read", arguments: "{}" } },
        ]);
      });
    });
  });

  test.each(["deepseek", "openai"])("the thought before a call goes back in its loop (%s)", async (name) => {
    const loop = (id: string): Message[] => [
      {
        role: "assistant",
        blocks: [
          { type: "thinking", text: `thought ${id}` },
          { type: "tool_call", id, name: "read", arguments: {} },
        ],
      },
      { role: "user", blocks: [{ type: "tool_result", callId: id, content: "done", isError: false }] },
    ];
    const messages = [user("a"), ...loop("1"), user("b"), ...loop("2"), ...loop("3")];
    await serving([says("hi")], async (server) => {
      const settings = { name, baseUrl: server.openaiUrl, apiKey: KEY };
      await ask(createProvider(settings, { fetch: pooled, env: {} }), requestOf({ messages }));
      const sent: { role: string; reasoning_content?: string }[] = server.requests[0]?.body.messages;
      const thoughts = sent
        .filter(({ role }) => role === "assistant")
        .map((message) => message.reasoning_content ?? null);
      expect(thoughts).toEqual(name === "deepseek" ? [null, "thought 2", "thought 3"] : [null, null, null]);
    });
  });

  test("an error in a list is an error, with its words (Gemini)", async () => {
    const body = JSON.stringify([{ error: { code: 400, message: "API key not valid", status: "INVALID" } }]);
    for (const status of [200, 400]) {
      const error = failureOf(await answered(body, "application/json", status));
      expect(error).toMatchObject({ kind: "bad_request" });
      expect(error.message).toContain("API key not valid");
    }
  });
});
