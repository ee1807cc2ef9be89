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

/** What the chat does after a command: it leaves, or goes on with the turn that broke off. */
export type Next = "exit" | "resume";

export interface SlashCommand {
  usage: string;
  description: string;
  /** Throws UserError. */
  run(rest: string, context: SlashContext): Promise<Next | undefined>;
}
