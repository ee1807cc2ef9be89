/** What a command that begins with a slash is, and what it is handed. */
import type { Dialogue } from "./dialogue.ts";
import type { ProgressLine } from "./report/progress.ts";

export interface SlashContext {
  dialogue: Dialogue;
  print(text: string): void;
  progress: ProgressLine;
  /** Aborted by Ctrl-C, and when the chat ends. */
  signal: AbortSignal;
}

export interface SlashCommand {
  usage: string;
  description: string;
  /** Returns "exit" to leave the chat. Throws UserError. */
  run(rest: string, context: SlashContext): Promise<"exit" | undefined>;
}
