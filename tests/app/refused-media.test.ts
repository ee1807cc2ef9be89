import { expect, test } from "bun:test";
import { advisedOnMedia } from "../../src/app/refused-media.ts";
import type { TurnResult } from "../../src/chat/events.ts";
import { type Block, type Message, NO_USAGE } from "../../src/lib/conversation.ts";
import { ProviderError } from "../../src/llm/errors.ts";

const refused = new ProviderError("bad_request", "refused the request (400)", {
  status: 400,
  advice: "mend it",
});
const resultOf = (error: ProviderError): TurnResult => ({
  text: "",
  stopReason: "error",
  usage: NO_USAGE,
  requests: [],
  durationMs: 1,
  tools: [],
  denied: 0,
  error,
});
const said = (...blocks: Block[]): Message[] => [{ role: "user", blocks }];
const picture: Block = { type: "media", mediaType: "image/png", data: "AAAA" };

test("a request with a picture that is refused says that the picture stays", () => {
  const { error } = advisedOnMedia(resultOf(refused), said({ type: "text", text: "look" }, picture));
  expect(error).toMatchObject({ message: refused.message, exitCode: refused.exitCode, status: 400 });
  expect(error?.advice).toContain("a new session is without it");
});

test("what has no picture, or another fault, is told as it is", () => {
  const words = resultOf(refused);
  expect(advisedOnMedia(words, said({ type: "text", text: "look" }))).toBe(words);
  const away = resultOf(new ProviderError("network", "away"));
  expect(advisedOnMedia(away, said(picture))).toBe(away);
});
