import { expect, test } from "bun:test";
import fc from "fast-check";
import { estimateMessage } from "../../../src/chat/context/estimate.ts";
import { shortenResults, shortenText, shortestForm } from "../../../src/chat/context/shorten.ts";
import type { Message } from "../../../src/lib/conversation.ts";

test("a text keeps its beginning and its end, and says how much is missing between", () => {
  expect(shortenText("abcdefghij", 10)).toBe("abcdefghij");
  expect(shortenText("abcdefghij", 4)).toBe("abc\n(6 characters are left out here.)\nj");
  expect(shortenText("abcdefghij", 0)).toBe("(10 characters are left out here.)");
});

test("characters are never cut in two", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.nat(40), (text, characters) => {
      fc.pre(text.isWellFormed());
      expect(shortenText(text, characters).isWellFormed()).toBe(true);
    }),
  );
});

const image = { mediaType: "image/png", data: "" };
const results = (contents: readonly string[], media = false): Message => ({
  role: "user",
  blocks: contents.map((content, index) => ({
    type: "tool_result",
    callId: `call_${index}`,
    content,
    isError: index === 0,
    ...(media && { media: [image, image] }),
  })),
});
const tokensOf = (messages: readonly Message[]) =>
  messages.reduce((sum, message) => sum + estimateMessage(message), 0);

const withoutContent = ({ role, blocks }: Message) => ({
  role,
  blocks: blocks.map((block) => ({ ...block, content: "" })),
});

test("whatever the results are, they come to fit or it is said that they cannot", () => {
  const content = fc.nat(8000).map((length) => "some words ".repeat(length / 11));
  const turn = fc.array(fc.array(content, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(turn, fc.nat(12_000), (contents, budget) => {
      const messages = contents.map((one) => results(one));
      const short = shortenResults(messages, budget, estimateMessage);
      if (!short) return expect(tokensOf(shortestForm(messages))).toBeGreaterThan(budget);
      expect(tokensOf(short.messages)).toBeLessThanOrEqual(budget);
      expect(short.messages.map(withoutContent)).toEqual(messages.map(withoutContent));
    }),
    { numRuns: 1000 },
  );
});

test("the images of a result go with what it says", () => {
  const messages = [results(["one", "two"], true), results(["three"])];
  const short = shortenResults(messages, 400, estimateMessage);
  expect(short?.shortened).toBe(2);
  expect(JSON.stringify(short?.messages)).not.toContain("image/png");
  expect(short?.messages[1]).toBe(messages[1] as Message);
});

test("nothing is touched that is short already", () => {
  const messages = [results(["a", "b", "c"])];
  expect(shortenResults(messages, 5, estimateMessage)).toBeUndefined();
  expect(shortestForm(messages)).toEqual(messages);
});
