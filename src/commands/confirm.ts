/** Asks the person at the terminal whether something is to be done. */
import { UsageError } from "../lib/errors.ts";
import { streamKind } from "../terminal/stream-kind.ts";

/** Whether they press `y`. Throws UsageError where nobody can be asked; rejects with the signal's reason. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (streamKind(0) !== "terminal" || streamKind(2) !== "terminal") {
    throw new UsageError("nobody is here to be asked", "use --yes to go on without a question");
  }
  const { openLineEditor } = await import("../terminal/line-editor.ts");
  const editor = openLineEditor({ history: { load: () => [], add: () => {} }, output: process.stderr });
  try {
    return (await editor.key(`${question} [y]es, [n]o? `, "yn", signal)) === "y";
  } finally {
    editor.close();
  }
}
