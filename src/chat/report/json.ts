/** `--json`: one object at the end, whatever happened. `-o ndjson`: an event a line, the object last. */
import { describeError } from "../../lib/errors.ts";
import type { Notify } from "../../lib/notice.ts";
import type { TurnEvent } from "../events.ts";
import type { Clean, Reporter, Write } from "./reporter.ts";
import { summaryObject } from "./summary.ts";

export interface JsonReporterOptions {
  write: Write;
  notice: Notify;
  clean: Clean;
}

export function jsonReporter({ write, notice, clean }: JsonReporterOptions): Reporter {
  return {
    notice,
    event: () => {},
    async finish(summary) {
      await write(`${JSON.stringify(summaryObject(summary, clean))}\n`);
      if (summary.error) notice("error", describeError(summary.error));
    },
  };
}

/** `clean` is for the stream of text, `cleanWhole` for single texts, which carry nothing over to the next. */
export function ndjsonReporter(options: JsonReporterOptions & { cleanWhole: Clean }): Reporter {
  const { write, notice, clean, cleanWhole } = options;
  const line = (value: object) => write(`${JSON.stringify(value)}\n`);
  return {
    notice(level, text) {
      notice(level, text);
      void line({ type: "notice", level, text });
    },
    event: (event) => line(eventObject(event, clean, cleanWhole)),
    async finish(summary) {
      await line({ type: summary.error ? "error" : "done", ...summaryObject(summary, cleanWhole) });
      if (summary.error) notice("error", describeError(summary.error));
    },
  };
}

function eventObject(event: TurnEvent, clean: Clean, cleanWhole: Clean): object {
  switch (event.type) {
    case "text":
      return { type: "text", text: clean(event.text) };
    case "thinking":
      return { type: "thinking", text: cleanWhole(event.text) };
    case "tool_result":
      return { ...event, content: cleanWhole(event.content) };
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
