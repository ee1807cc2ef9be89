/**
 * The plain line editor of a chat on a terminal: one message at a time, with history, Emacs keys, multi-line paste
 * and lines that go on after a backslash. Built on node:readline, which is part of the runtime.
 */
import { createInterface, type Interface, type Key } from "node:readline";
import { InterruptHandlers } from "./interrupt-handlers.ts";
import { Keyboard } from "./keyboard.ts";
import {
  LEAVE_HINT,
  type LineEditor,
  type LineEditorOptions,
  type LineHistory,
  type LineInput,
  type LineKind,
  type TerminalOutput,
} from "./line-editor-port.ts";
import { fromEditable, toEditable } from "./paste.ts";
import { PlainLineEditor } from "./plain-line-editor.ts";

const CONTINUATION_PROMPT = "... ";
const CONTROL_C = "\x03";
const GIVE_UP_KEYS = [CONTROL_C, "\x04", "\x1b"];

/** Takes the terminal and opens a line editor on it: a plain one when TERM says that it is dumb. */
export function openLineEditor(options: LineEditorOptions, term = process.env.TERM): LineEditor {
  return term === "dumb" ? new PlainLineEditor(options) : new TerminalLineEditor(options);
}

interface Reading {
  prompt: string;
  kind: LineKind;
  /** What the arrow keys brought back when it began. */
  recalled: readonly unknown[];
  /** The lines before this one, which ended with a backslash. */
  earlier: string[];
  settle(input: LineInput): void;
}

class TerminalLineEditor implements LineEditor {
  readonly #keyboard: Keyboard;
  readonly #readline: Interface;
  readonly #output: TerminalOutput;
  readonly #history: LineHistory;
  readonly #interrupts = new InterruptHandlers();
  #reading: Reading | undefined;
  /** The question that waits for a key. */
  #question: string | undefined;
  /** Whether the last key was a Ctrl-C on an empty line. */
  #leaving = false;
  #ended = false;
  #closed = false;

  constructor({ history, input = process.stdin, output = process.stdout }: LineEditorOptions) {
    this.#history = history;
    this.#output = output;
    this.#keyboard = new Keyboard(input, output.fd);
    this.#keyboard.onInterrupt = () => this.#interrupts.run();
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
    this.#readline.on("close", () => {
      this.#ended = true;
      this.#leave();
    });
    this.#keyboard.keys.on("keypress", (_text: string, key: Key) => {
      if (!(key.ctrl && key.name === "c")) this.#leaving = false;
    });
  }

  read(prompt: string, signal: AbortSignal, kind: LineKind = "message"): Promise<LineInput> {
    if (kind === "answer") this.#keyboard.forgetTyped();
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#ended) return resolve({ kind: "end" });
      const onAbort = () => {
        if (kind === "answer") this.#clearTyped();
        if (kind === "answer") this.#output.write("\n");
        this.#stopReading();
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      const settle = (input: LineInput) => {
        signal.removeEventListener("abort", onAbort);
        this.#stopReading();
        resolve(input);
      };
      this.#reading = { prompt, kind, recalled: this.#recalled, earlier: [], settle };
      this.#show(prompt);
    });
  }

  async key(question: string, keys: string, signal: AbortSignal): Promise<string | undefined> {
    this.#output.write(question);
    this.#question = question;
    const accepts = (key: string) => GIVE_UP_KEYS.includes(key) || keys.includes(key.toLowerCase());
    try {
      const typed = await this.#keyboard.nextKey(accepts, signal);
      const key = GIVE_UP_KEYS.includes(typed) ? undefined : typed.toLowerCase();
      this.#output.write(`${key ?? ""}\n`);
      // A question stands in the way of what asked it: Ctrl-C stops that, too.
      if (typed === CONTROL_C) this.#interrupts.run();
      return key;
    } catch (error) {
      // What is told next does not go on in the line of a question that nobody waits for any more.
      this.#output.write("\n");
      throw error;
    } finally {
      this.#question = undefined;
    }
  }

  print(text: string): void {
    const whole = text.endsWith("\n") ? text : `${text}\n`;
    if (!this.#reading) {
      const question = this.#question;
      this.#output.write(question === undefined ? whole : `\r\x1b[J${whole}${question}`);
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
    return this.#interrupts.add(handler);
  }

  interrupt(): void {
    const reading = this.#reading;
    if (!reading) {
      this.#interrupts.run();
    } else if (reading.kind === "answer") {
      this.#leave();
      // A question stands in the way of what asked it: Ctrl-C stops that, too.
      this.#interrupts.run();
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
    this.#keyboard.releaseLine(this.#reading?.kind === "answer" ? () => this.#leave() : undefined);
  }

  #lineEntered(line: string): void {
    const reading = this.#reading;
    if (!reading) return;
    if (reading.kind === "answer") {
      Reflect.set(this.#readline, "history", reading.recalled);
      reading.settle({ kind: "line", text: line });
      return;
    }
    if (line.endsWith("\\")) {
      reading.earlier.push(line.slice(0, -1));
      this.#show(CONTINUATION_PROMPT);
      return;
    }
    const text = [...reading.earlier, line].join("\n");
    if (text.trim() !== "") this.#history.add(text);
    reading.settle({ kind: "line", text });
  }

  /** What the arrow keys bring back; readline has no method for it, and puts every line in it. */
  get #recalled(): readonly unknown[] {
    const lines: unknown = Reflect.get(this.#readline, "history");
    return Array.isArray(lines) ? [...lines] : [];
  }

  #clearTyped(): void {
    if (this.#ended) return;
    this.#readline.write(null, { ctrl: true, name: "e" });
    this.#readline.write(null, { ctrl: true, name: "u" });
  }

  #clearLine(reading: Reading): void {
    this.#clearTyped();
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
    // Half an answer is not the beginning of a message.
    if (reading.kind === "answer") this.#clearTyped();
    this.#output.write("\n");
    reading.settle({ kind: "end" });
  }
}
