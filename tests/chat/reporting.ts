/** A reporter of each form, and everything that it wrote. */
import type { TurnEvent, TurnResult } from "../../src/chat/events.ts";
import { jsonReporter, ndjsonReporter } from "../../src/chat/report/json.ts";
import type { Reporter, RunSummary } from "../../src/chat/report/reporter.ts";
import { textReporter } from "../../src/chat/report/text.ts";
import { Sanitizer, sanitize } from "../../src/lib/text-sanitize.ts";

type Form = "text" | "held" | "value" | "json" | "ndjson";

/** A reporter and everything that it wrote. */
export function reporting(form: Form) {
  const written: string[] = [];
  const notices: string[] = [];
  const write = async (text: string) => void written.push(text);
  const notice = (level: string, text: string) => void notices.push(`${level}: ${text}`);
  const cleaner = new Sanitizer();
  const options = { write, notice, cleaner, clean: sanitize };
  const make = { text: () => textReporter({ ...options, answer: "streamed" }) };
  const reporters: Record<Form, () => Reporter> = {
    ...make,
    held: () => textReporter({ ...options, answer: "whole" }),
    value: () => textReporter({ ...options, answer: "value" }),
    json: () => jsonReporter(options),
    ndjson: () => ndjsonReporter(options),
  };
  return { reporter: reporters[form](), written, notices, stdout: () => written.join("") };
}

export const RESULT: TurnResult = {
  text: "Hello",
  stopReason: "end",
  usage: { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 },
  requests: [],
  ttftMs: 5,
  durationMs: 6,
  tools: [{ server: "s", name: "t", arguments: { a: 1 }, ok: true, ms: 7 }],
  denied: 0,
};

export const SUMMARY: RunSummary = {
  session: "id",
  provider: "loop",
  model: "m",
  result: RESULT,
  servers: [
    {
      name: "s",
      state: "failed",
      ms: 8.4,
      error: "exit 1",
      tools: 0,
      cached: false,
      trusted: false,
      transport: "stdio",
    },
  ],
  durationMs: 9.6,
};

export const CALL = { id: "c", server: "s", name: "t" };

export async function tell(form: Form, events: TurnEvent[], summary: RunSummary = SUMMARY) {
  const { reporter, ...seen } = reporting(form);
  for (const event of events) await reporter.event(event);
  await reporter.finish(summary);
  return seen;
}

export const texts = (...pieces: string[]): TurnEvent[] => pieces.map((text) => ({ type: "text", text }));
