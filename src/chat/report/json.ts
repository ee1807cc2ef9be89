/** `--json`: one object at the end, whatever happened. `-o ndjson`: an event a line, the object last. */
import { describeError } from "../../lib/errors.ts";
import { jsonText } from "../../lib/json-text.ts";
import type { Notify } from "../../lib/notice.ts";
import type { TurnEvent } from "../events.ts";
import type { Clean, Cleaner, Reporter, Write } from "./reporter.ts";
import { summaryObject } from "./summary.ts";
import { tell } from "./text.ts";

export interface JsonReporterOptions {
  write: Write;
  notice: Notify;
  clean: Clean;
}

export function jsonReporter({ write, notice, clean }: JsonReporterOptions): Reporter {
  return {
    notice,
    event: (event) => tell(event, notice),
    async finish(summary) {
      await write(`${jsonText(summaryObject(summary, clean))}\n`);
      if (summary.error) notice("error", describeError(summary.error));
    },
  };
}

export function ndjsonReporter(options: JsonReporterOptions & { cleaner: Cleaner }): Reporter {
  const { write, notice, clean, cleaner } = options;
  const line = (value: object) => write(`${jsonText(value)}\n`);
  let finished = false;
  const remark: Notify = (level, text) => {
    notice(level, text);
    // The last line is the result. If this one cannot be written, the next that is awaited says so.
    if (!finished) line({ type: "notice", level, text }).catch(() => {});
  };
  return {
    notice: remark,
    supervision(entry) {
      if (!finished) line({ type: "supervision", ...entry }).catch(() => {});
    },
    event(event) {
      tell(event, notice);
      return line(eventObject(event, cleaner, clean));
    },
    async finish(summary) {
      finished = true;
      const rest = cleaner.end();
      if (rest !== "") await line({ type: "text", text: rest });
      await line({ type: summary.error ? "error" : "done", ...summaryObject(summary, clean) });
      if (summary.error) notice("error", describeError(summary.error));
    },
  };
}

function eventObject(event: TurnEvent, cleaner: Cleaner, clean: Clean): object {
  switch (event.type) {
    case "text":
      return { type: "text", text: cleaner.write(event.text) };
    case "thinking":
      return { type: "thinking", text: clean(event.text) };
    case "progress":
      return { ...event, text: clean(event.text) };
    case "notice":
      return { type: "notice", level: "warn", text: clean(event.text) };
    case "tool_result":
      return { ...event, content: clean(event.content) };
    case "retry":
      return {
        type: "retry",
        attempt: event.attempt,
        delay_ms: Math.round(event.delayMs),
        reason: event.reason,
      };
    case "usage": {
      const { input, output, cacheRead, cacheWrite } = event.usage;
      return { type: "usage", input, output, cache_read: cacheRead, cache_write: cacheWrite };
    }
    default:
      return event;
  }
}
