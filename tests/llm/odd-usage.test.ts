/** What a server says of its tokens is believed only where it can be. */
import { describe, expect, test } from "bun:test";
import type { Usage } from "../../src/lib/conversation.ts";
import { messagesReader } from "../../src/llm/anthropic/events.ts";
import { responsesReader } from "../../src/llm/openai/responses-events.ts";
import { usageOf } from "../../src/llm/openai/usage.ts";

const QUIRKS = { thoughtsApart: false, tellsCost: true };

/** The same told in the terms of each API. */
const APIS: Record<string, (input: unknown, output: unknown, cached?: unknown) => Usage | undefined> = {
  completions: (prompt_tokens, completion_tokens, cached_tokens) =>
    usageOf({ prompt_tokens, completion_tokens, prompt_tokens_details: { cached_tokens } }, QUIRKS),
  responses(input_tokens, output_tokens, cached_tokens) {
    const reader = responsesReader();
    const usage = { input_tokens, output_tokens, input_tokens_details: { cached_tokens } };
    reader.read({ type: "response.completed", response: { status: "completed", usage } });
    return reader.end().usage;
  },
  messages(input_tokens, output_tokens) {
    const reader = messagesReader();
    reader.read({ type: "message_start", message: { usage: { input_tokens, output_tokens: 1 } } });
    reader.read({ type: "message_delta", usage: { output_tokens } });
    return reader.end().usage;
  },
};

describe.each(Object.entries(APIS))("%s", (api, usage) => {
  test.each([1e308, 1e9 + 1, -5, 1.5, "12", Number.NaN, {}])("%p is no count of tokens", (odd) => {
    expect(usage(odd, 7)).toBeUndefined();
    expect(usage(7, odd)).toBeUndefined();
  });

  test("what can be is believed", () => {
    expect(usage(0, 1e9)).toEqual({ input: 0, output: 1e9, cacheRead: 0, cacheWrite: 0 });
  });

  test.skipIf(api === "messages")("no more than the prompt comes from the cache", () => {
    expect(usage(10, 7, 25)).toEqual({ input: 0, output: 7, cacheRead: 10, cacheWrite: 0 });
    expect(usage(10, 7, -25)).toEqual({ input: 10, output: 7, cacheRead: 0, cacheWrite: 0 });
  });
});

test.each([-1, 1e308, Number.NaN, "1"])("%p is no cost", (cost) => {
  const told = usageOf({ prompt_tokens: 1, completion_tokens: 2, cost }, QUIRKS);
  expect(told).toEqual({ input: 1, output: 2, cacheRead: 0, cacheWrite: 0 });
});
