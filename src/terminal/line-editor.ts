/**
 * The plain line editor of a chat on a terminal: one message at a time, with history, Emacs keys, multi-line paste
 * and lines that go on after a backslash. Built on node:readline, which is part of the runtime.
 */
import { createInterface, type Interface, type Key } from "node:readline";
import type { ReadStream } from "node:tty";
import { Keyboard } from "./keyboard.ts";
import { fromEditable, toEditable } from "./paste.ts";

export type LineInput = { kind: "line"; text: string } | { kind: "end" };

/** Where the user's lines outlive a run. */
export interface LineHistory {
  /** The latest lines, the oldest of them first. */
  load(): readonly string[];
  add(line: string): void;
}

export interface LineEditor {
  /**
   * Reads one message. `end` means that the user wants to leave: Ctrl-D, or Ctrl-C twice, on an empty line. Rejects
   * with the signal's reason. What was typed before stays typed: it is the beginning of the message.
   */
  read(prompt: string, signal: AbortSignal): Promise<LineInput>;
  /**
   * Shows `question` and waits for one of `keys`; undefined for Ctrl-C, Ctrl-D and Escape. What was typed before the
   * question appeared is no answer to it. Rejects with the signal's reason.
   */
  key(question: string, keys: string, signal: AbortSignal): Promise<string | undefined>;
  /** Writes a text that ends a line, above the prompt if there is one. */
  print(text: string): void;
  /** Ctrl-C while nothing is read. The returned function takes the handler away again. */
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

const CONTINUATION_PROMPT = "... ";
const LEAVE_HINT = "(press Ctrl-C again, or Ctrl-D, to leave)";
const GIVE_UP_KEYS = ["\x03", "\x04", "\x1b"];

/** Takes the terminal and opens a line editor on it. */
export function openLineEditor(options: LineEditorOptions): LineEditor {
  return new TerminalLineEditor(options);
}

interface Reading {
  prompt: string;
  /** The lines before this one, which ended with a backslash. */
  earlier: string[];
  settle(input: LineInput): void;
}

class TerminalLineEditor implements LineEditor {
  readonly #keyboard: Keyboard;
  readonly #readline: Interface;
  readonly #output: TerminalOutput;
  readonly #history: LineHistory;
  readonly #interruptHandlers: (() => void)[] = [];
  #reading: Reading | undefined;
  /** Whether the last key was a Ctrl-C on an empty line. */
  #leaving = false;
  #closed = false;

  constructor({ history, input = process.stdin, output = process.stdout }: LineEditorOptions) {
    this.#history = history;
    this.#output = output;
    this.#keyboard = new Keyboard(input, output.fd);
    this.#keyboard.onInterrupt = () => this.#interruptHandlers.at(-1)?.();
    this.#keyboard.onEnd = () => this.#leave();
    this.#keyboard.open();
    this.#readline = createInterface({
      input: this.#keyboard.keys,
      output,
      terminal: true,
      history: history.load().map(toEditable).reverse(),
      historySize: 10_000,
      removeHistoryDuplicates: true,
    });
    this.#readline.on("line", (line) => this.#lineEntered(fromEditable(line)));
    this.#readline.on("SIGINT", () => this.interrupt());
    this.#readline.on("close", () => this.#leave());
    this.#keyboard.keys.on("keypress", (_text: string, key: Key) => {
      if (!(key.ctrl && key.name === "c")) this.#leaving = false;
    });
  }

  read(prompt: string, signal: AbortSignal): Promise<LineInput> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#closed) return resolve({ kind: "end" });
      const onAbort = () => {
        this.#stopReading();
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      const settle = (input: LineInput) => {
        signal.removeEventListener("abort", onAbort);
        this.#stopReading();
        resolve(input);
      };
      this.#reading = { prompt, earlier: [], settle };
      this.#show(prompt);
    });
  }

  async key(question: string, keys: string, signal: AbortSignal): Promise<string | undefined> {
    this.#output.write(question);
    for (;;) {
      const typed = await this.#keyboard.nextKey(signal);
      const key = GIVE_UP_KEYS.includes(typed)
        ? undefined
        : [...keys].find((one) => one === typed.toLowerCase());
      if (key === undefined && !GIVE_UP_KEYS.includes(typed)) continue;
      this.#output.write(`${key ?? ""}\n`);
      return key;
    }
  }

  print(text: string): void {
    const whole = text.endsWith("\n") ? text : `${text}\n`;
    if (!this.#reading) {
      this.#output.write(whole);
      return;
    }
    const { rows } = this.#readline.getCursorPos();
    const up = rows > 0 ? `\x1b[${rows}A` : "";
    this.#output.write(`${up}\r\x1b[J${whole}`);
    // The rows that readline would clear above its line are gone; it has no method to be told so.
    Reflect.set(this.#readline, "prevRows", 0);
    this.#readline.prompt(true);
  }

  onInterrupt(handler: () => void): () => void {
    this.#interruptHandlers.push(handler);
    return () => {
      const at = this.#interruptHandlers.lastIndexOf(handler);
      if (at >= 0) this.#interruptHandlers.splice(at, 1);
    };
  }

  interrupt(): void {
    const reading = this.#reading;
    if (!reading) {
      this.#interruptHandlers.at(-1)?.();
    } else if (this.#readline.line !== "" || reading.earlier.length > 0) {
      this.#clearLine(reading);
    } else if (this.#leaving) {
      this.#leave();
    } else {
      this.#leaving = true;
      this.print(LEAVE_HINT);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#readline.close();
    this.#keyboard.close();
  }

  #show(prompt: string): void {
    this.#readline.setPrompt(prompt);
    this.#readline.prompt();
    this.#keyboard.releaseLine();
  }

  #lineEntered(line: string): void {
    const reading = this.#reading;
    if (!reading) return;
    if (line.endsWith("\\")) {
      reading.earlier.push(line.slice(0, -1));
      this.#show(CONTINUATION_PROMPT);
      return;
    }
    const text = [...reading.earlier, line].join("\n");
    if (text.trim() !== "") this.#history.add(text);
    reading.settle({ kind: "line", text });
  }

  #clearLine(reading: Reading): void {
    this.#readline.write(null, { ctrl: true, name: "e" });
    this.#readline.write(null, { ctrl: true, name: "u" });
    reading.earlier.length = 0;
    this.#readline.setPrompt(reading.prompt);
    this.#readline.prompt();
  }

  #stopReading(): void {
    this.#reading = undefined;
    this.#leaving = false;
    this.#keyboard.holdLine();
  }

  #leave(): void {
    const reading = this.#reading;
    if (!reading) return;
    this.#output.write("\n");
    reading.settle({ kind: "end" });
  }
}
