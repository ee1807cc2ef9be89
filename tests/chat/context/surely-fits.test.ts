/** The glance at a request that keeps short runs short: it never takes for small what is large. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { estimateMessage, estimateSurroundings } from "../../../src/chat/context/estimate.ts";
import { SURELY_FITS, surelyFits } from "../../../src/chat/context/surely-fits.ts";
import type { Block } from "../../../src/lib/conversation.ts";
import type { ModelRequest } from "../../../src/llm/port.ts";

const says = (...blocks: Block[]): ModelRequest => ({
  model: "m",
  messages: [{ role: "user", blocks }],
  tools: [],
});
const text = (value: string): Block => ({ type: "text", text: value });

/** Of what tokenizers take the most for: emoji, Chinese, keys, and words beside them. */
const long = fc
  .tuple(fc.constantFrom("🙂", "你好世界", "0a1b2c3d4e5f", "word ", "{[("), fc.integer({ min: 0, max: 4000 }))
  .map(([part, length]) => part.repeat(length / part.length));
const block: fc.Arbitrary<Block> = fc.oneof(
  long.map(text),
  long.map((thought): Block => ({ type: "thinking", text: thought, signature: thought })),
  long.map((name): Block => ({ type: "tool_call", id: "1", name, arguments: { name } })),
  long.map((content): Block => ({ type: "tool_result", callId: "1", content, isError: false })),
  fc.constant<Block>({ type: "media", mediaType: "image/png", data: "" }),
);

test("what passes is no more than that by the estimate", () => {
  const tools = fc.array(
    long.map((name) => ({ name, description: name, inputSchema: { name } })),
    { maxLength: 2 },
  );
  const system = fc.option(long, { nil: undefined });
  fc.assert(
    fc.property(fc.array(block, { maxLength: 4 }), tools, system, (blocks, offered, prompt) => {
      const request = { ...says(...blocks), tools: offered, ...(prompt !== undefined && { system: prompt }) };
      fc.pre(surelyFits(request));
      const messages = request.messages.reduce((sum, message) => sum + estimateMessage(message), 0);
      expect(messages + estimateSurroundings(request)).toBeLessThanOrEqual(SURELY_FITS);
    }),
    { numRuns: 1000 },
  );
});

test("a question passes, and a long one does not, in whatever script", () => {
  expect(surelyFits({ ...says(text("How are you? ".repeat(200))), system: "Be brief." })).toBe(true);
  expect(surelyFits(says(text("你".repeat(4700))))).toBe(false);
  // The prompt has a frame of its own.
  expect(surelyFits({ ...says(), system: "🙂".repeat(2000) })).toBe(false);
  expect(surelyFits(says(...Array.from({ length: 1000 }, () => text("hi"))))).toBe(false);
});

test("images and documents are looked at closely", () => {
  const media = { mediaType: "application/pdf", data: "" };
  expect(surelyFits(says({ type: "media", ...media }))).toBe(false);
  const result: Block = { type: "tool_result", callId: "1", content: "", isError: false };
  expect(surelyFits(says({ ...result, media: [media] }))).toBe(false);
  expect(surelyFits(says(result))).toBe(true);
});
