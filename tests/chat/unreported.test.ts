/** What an answer has used whose provider did not get to tell all of it. */
import { expect, test } from "bun:test";
import { runTurn } from "../../src/chat/turn.ts";
import type { Message, Usage } from "../../src/lib/conversation.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { ModelEvent } from "../../src/llm/port.ts";
import { RecordedConversation, scriptedProvider } from "./scripted.ts";

const HELLO: Message = { role: "user", blocks: [{ type: "text", text: "hello" }] };

test("of an answer that broke off what was reported stands, and what came since is an estimate", async () => {
  const reported = { input: 321, output: 1, cacheRead: 5, cacheWrite: 0 };
  const gone: ModelEvent = { type: "failed", error: new ProviderError("cut_off", "gone") };
  const brokenOff = async (text: string, usage: Usage) => {
    const reply: ModelEvent[] = [{ type: "text", text }, { type: "usage", usage }, gone];
    const conversation = new RecordedConversation();
    const result = await runTurn(HELLO, {
      provider: scriptedProvider([reply]),
      model: "m",
      conversation: async () => conversation,
      maxRequests: 1,
      signal: new AbortController().signal,
      sink: () => {},
    });
    return result.requests[0]?.usage;
  };
  const long = await brokenOff("one word after another ".repeat(20), reported);
  expect(long).toMatchObject({ input: 321, cacheRead: 5, estimated: true });
  expect(long?.output).toBeGreaterThan(20);
  const counted = { ...reported, output: 1000 };
  expect(await brokenOff("hi", counted)).toEqual(counted);
  // Whoever tells what it costs has counted.
  const paid = { ...reported, costUsd: 0.01 };
  expect(await brokenOff("one word after another ", paid)).toEqual(paid);
});
