import { expect, test } from "bun:test";
import { withThinking } from "../../src/chat/report/thinking.ts";
import { Sanitizer } from "../../src/lib/text-sanitize.ts";
import { reporting, SUMMARY } from "./reporting.ts";

function thinking(colour: boolean) {
  const { reporter, written } = reporting("text");
  const write = async (text: string) => void written.push(text);
  return { reporter: withThinking(reporter, { write, cleaner: new Sanitizer(), colour }), written };
}

test("thoughts are dim, and a blank line parts them from the answer", async () => {
  const { reporter, written } = thinking(true);
  await reporter.event({ type: "thinking", text: "\n\nLet me" });
  await reporter.event({ type: "thinking", text: " see." });
  await reporter.event({ type: "text", text: "Paris." });
  await reporter.finish(SUMMARY);
  expect(written.join("")).toBe("\x1b[2mLet me\x1b[22m\x1b[2m see.\x1b[22m\n\nParis.\n");
});

test("without colours they say what they are", async () => {
  const { reporter, written } = thinking(false);
  await reporter.event({ type: "thinking", text: "Hm" });
  await reporter.event({ type: "thinking", text: "." });
  await reporter.finish(SUMMARY);
  expect(written.join("")).toStartWith("[thinking] Hm.\n\n");
});

test("what they hold is harmless", async () => {
  const { reporter, written } = thinking(true);
  await reporter.event({ type: "thinking", text: "a\x1b]0;title\x07b" });
  await reporter.finish(SUMMARY);
  expect(written.join("")).not.toContain("title\x07");
});
