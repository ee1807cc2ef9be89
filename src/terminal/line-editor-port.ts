/** What a chat sees of the line editor. */
import type { ReadStream } from "node:tty";

/** `end`: the user wants to leave. */
export type LineInput = { kind: "line"; text: string } | { kind: "end" };

export type LineKind = "message" | "answer";

/** Where the user's lines outlive a run. */
export interface LineHistory {
  /** The latest lines, the oldest of them first. */
  load(): readonly string[];
  add(line: string): void;
}

export interface LineEditor {
  /**
   * Reads one message. `end` comes of Ctrl-D, or Ctrl-C twice, on an empty line. Rejects with the signal's reason.
   * What was typed before the prompt appeared is the beginning of the message. An answer to a question is one line that
   * nobody remembers: nothing typed ahead is in it, and `end` comes of the first Ctrl-C or Ctrl-D.
   */
  read(prompt: string, signal: AbortSignal, kind?: LineKind): Promise<LineInput>;
  /**
   * Shows `question` and waits for one of `keys`, which are lower-case letters; undefined for Ctrl-C, Ctrl-D and
   * Escape. What was typed before the question appeared is no answer to it. Rejects with the signal's reason.
   */
  key(question: string, keys: string, signal: AbortSignal): Promise<string | undefined>;
  /** Writes whole lines, above the prompt if there is one. The text is written as it is: sanitise it first. */
  print(text: string): void;
  /** Called for Ctrl-C while nothing is read. The returned function takes the handler away again. */
  onInterrupt(handler: () => void): () => void;
  /** What Ctrl-C does, for a SIGINT that comes as a signal. */
  interrupt(): void;
  /** Gives the terminal back. May be called twice. */
  close(): void;
}

/** process.stdout or process.stderr, whichever is the terminal. */
export type TerminalOutput = NodeJS.WriteStream & { readonly fd: number };

export interface LineEditorOptions {
  history: LineHistory;
  input?: ReadStream;
  output?: TerminalOutput;
}

export const LEAVE_HINT = "(press Ctrl-C again, or Ctrl-D, to leave)";
