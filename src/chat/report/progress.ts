/** Shows what is waited for, where a reporter tells events, and takes it away before anything else is told. */
import type { Reporter } from "./reporter.ts";
import { type ToolProgressOptions, toolProgress } from "./tool-progress.ts";

/** A line that is there while something is waited for, and then is gone. */
export interface ProgressLine {
  /** Whether it can be written over; where it cannot, only what takes long is told, once. */
  readonly live: boolean;
  /** `fraction` goes from 0 to 1. */
  show(text: string, fraction?: number): void;
  clear(): void;
}

/** The reporter with its progress on `line`. A line of the answer that is not at its end yet is not written over. */
export function withProgress(
  reporter: Reporter,
  line: ProgressLine,
  { clock, held = () => false }: ToolProgressOptions = {},
): Reporter {
  let midLine = false;
  let over = false;
  const tools = toolProgress(line, { held: () => over || midLine || held(), ...(clock && { clock }) });
  return {
    ...reporter,
    notice(level, text) {
      line.clear();
      reporter.notice(level, text);
    },
    event(event) {
      if (event.type === "tool_progress") {
        tools.tell(event);
        return reporter.event(event);
      }
      const isSaid = event.type === "text" || event.type === "thinking";
      if (isSaid && event.text !== "") midLine = !event.text.endsWith("\n");
      // It is told in a line of its own, behind which the answer goes on.
      if (event.type === "tool_call") midLine = false;
      if (event.type !== "progress" || event.fraction === 1) tools.clear();
      else if (!midLine) line.show(event.text, event.fraction);
      return reporter.event(event);
    },
    finish(summary) {
      over = true;
      tools.clear();
      return reporter.finish(summary);
    },
  };
}
