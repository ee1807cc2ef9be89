/** The plain form: the answer on stdout as it arrives, everything else as notices. */
import { describeError } from "../../lib/errors.ts";
import { jsonText } from "../../lib/json-text.ts";
import type { Notify } from "../../lib/notice.ts";
import type { TurnEvent, TurnResult } from "../events.ts";
import type { Cleaner, Reporter, RunSummary, Write } from "./reporter.ts";

export interface TextReporterOptions {
  write: Write;
  notice: Notify;
  cleaner: Cleaner;
  /**
   * `streamed` as it arrives, or `whole` when it has ended; `value` for `--schema`: what the answer says once it is
   * checked, and nothing of one that is not of the schema.
   */
  answer: "streamed" | "whole" | "value";
}

export function textReporter({ write, notice, cleaner, answer }: TextReporterOptions): Reporter {
  /** Newlines wait for what follows them, so that the answer ends with exactly one. */
  let newlines = "";
  const whole: string[] = [];
  let any = false;
  const say = async (text: string) => {
    const [body, rest] = splitTrailingNewlines(text);
    if (body === "") {
      newlines += rest;
      return;
    }
    if (answer === "streamed") await write(newlines + body);
    else whole.push(newlines + body);
    newlines = rest;
  };
  return {
    notice,
    async event(event) {
      if (event.type === "text" && event.text !== "") any = true;
      if (event.type === "text") return say(cleaner.write(event.text));
      tell(event, notice);
    },
    async finish({ error, result, data }: RunSummary) {
      await say(cleaner.end());
      if (answer === "value") {
        if (data !== undefined) await write(`${jsonText(data)}\n`);
      } else if (any || !error) await write(`${whole.join("")}\n`);
      if (error) notice("error", describeError(error));
      else if (result) warnOf(result, notice);
    },
  };
}

/** An answer that is not what it seems: the words on stdout do not show it. */
function warnOf({ stopReason, text }: TurnResult, notice: Notify): void {
  if (stopReason === "max_tokens") {
    notice("warn", "the answer was cut at the limit of tokens; raise it with --max-tokens");
  } else if (stopReason === "refusal") notice("warn", "the model refused to answer, or to go on");
  else if (text.trim() === "") notice("warn", "the answer is empty");
}

function splitTrailingNewlines(text: string): [string, string] {
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return [text.slice(0, end), text.slice(end)];
}

/** What happens beside the answer, a line each. */
export function tell(event: TurnEvent, notice: Notify): void {
  if (event.type === "notice") notice("warn", event.text);
  if (event.type === "fallback") {
    notice("warn", `${event.reason}; ${event.provider}/${event.model} answers instead`);
  }
  if (event.type === "retry") {
    const when = event.delayMs < 50 ? "at once" : `in ${(event.delayMs / 1000).toFixed(1)} s`;
    notice("warn", `${event.reason}; trying again ${when} (attempt ${event.attempt})`);
  }
  if (event.type === "tool_call") {
    notice("info", `calling ${event.server}/${event.name} ${shorten(JSON.stringify(event.arguments))}`);
  }
  if (event.type === "tool_invalid")
    notice("warn", `the model called ${event.name} in vain: ${event.reason}`);
  if (event.type === "tool_denied")
    notice("warn", `${event.server}/${event.name} was denied: ${event.reason}`);
  if (event.type === "tool_result" && !event.ok) {
    notice("warn", `${event.server}/${event.name} failed after ${event.ms} ms: ${shorten(event.content)}`);
  }
}

const LONGEST_NOTICE = 200;

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > LONGEST_NOTICE ? `${line.slice(0, LONGEST_NOTICE - 1).toWellFormed()}…` : line;
}
