/** Shows what is waited for, where a reporter tells events, and takes it away before anything else is told. */
import type { Reporter } from "./reporter.ts";

/** A line that is there while something is waited for, and then is gone. */
export interface ProgressLine {
  /** `fraction` goes from 0 to 1. */
  show(text: string, fraction?: number): void;
  clear(): void;
}

/** The reporter with its progress on `line`. A line of the answer that is not at its end yet is not written over. */
export function withProgress(reporter: Reporter, line: ProgressLine): Reporter {
  let midLine = false;
  return {
    ...reporter,
    notice(level, text) {
      line.clear();
      reporter.notice(level, text);
    },
    event(event) {
      if (event.type === "text" && event.text !== "") midLine = !event.text.endsWith("\n");
      if (event.type !== "progress" || event.fraction === 1) line.clear();
      else if (!midLine) line.show(event.text, event.fraction);
      return reporter.event(event);
    },
    finish(summary) {
      line.clear();
      return reporter.finish(summary);
    },
  };
}
