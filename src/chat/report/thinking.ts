/** Shows what a model thinks before it answers, apart from the answer. */
import type { Cleaner, Reporter, Write } from "./reporter.ts";

export interface ThinkingOptions {
  write: Write;
  cleaner: Cleaner;
  /** Dim where there are colours; else the words say what they are. */
  colour: boolean;
}

const DIM = "\x1b[2m";
const NOT_DIM = "\x1b[22m";

/** The reporter with thoughts on `write`; a blank line parts them from what follows. */
export function withThinking(reporter: Reporter, { write, cleaner, colour }: ThinkingOptions): Reporter {
  let thinking = false;
  const show = async (text: string) => {
    const opening = thinking || colour ? "" : "[thinking] ";
    // A thought may begin with the newlines that part it from what was said before.
    const shown = cleaner.write(thinking ? text : text.trimStart());
    if (shown === "") return;
    thinking = true;
    await write(opening + (colour ? DIM + shown + NOT_DIM : shown));
  };
  const end = async () => {
    if (!thinking) return;
    thinking = false;
    await write(`${cleaner.end()}\n\n`);
  };
  return {
    ...reporter,
    async event(event) {
      if (event.type === "thinking") await show(event.text);
      else if (event.type !== "progress" && event.type !== "tool_progress") await end();
      return reporter.event(event);
    },
    async finish(summary) {
      await end();
      return reporter.finish(summary);
    },
  };
}
