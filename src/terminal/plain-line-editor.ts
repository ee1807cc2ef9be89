/**
 * The line editor for a terminal that understands no escape sequences (TERM=dumb): the terminal itself edits and
 * echoes, and Ctrl-C comes as a signal, which is to be handed to `interrupt`.
 */
import { createInterface, type Interface } from "node:readline";
import { InterruptHandlers } from "./interrupt-handlers.ts";
import {
  LEAVE_HINT,
  type LineEditor,
  type LineEditorOptions,
  type LineInput,
  type LineKind,
} from "./line-editor-port.ts";

type Output = NonNullable<LineEditorOptions["output"]>;

export class PlainLineEditor implements LineEditor {
  readonly #readline: Interface;
  readonly #output: Output;
  readonly #options: LineEditorOptions;
  readonly #interrupts = new InterruptHandlers();
  #typedAhead: string[] = [];
  #ended = false;
  #take: ((line: string | undefined) => void) | undefined;
  #leaving = false;
  #kind: LineKind = "message";

  constructor(options: LineEditorOptions) {
    this.#options = options;
    this.#output = options.output ?? process.stdout;
    this.#readline = createInterface({ input: options.input ?? process.stdin, terminal: false });
    this.#readline.on("line", (line) => {
      if (this.#take) this.#take(line);
      else this.#typedAhead.push(line);
    });
    this.#readline.on("close", () => {
      this.#ended = true;
      this.#take?.(undefined);
    });
  }

  async read(prompt: string, signal: AbortSignal, kind: LineKind = "message"): Promise<LineInput> {
    this.#kind = kind;
    if (kind === "answer") this.#typedAhead = [];
    this.#output.write(prompt);
    const text = await this.#nextLine(signal);
    this.#leaving = false;
    if (text === undefined) return { kind: "end" };
    if (text.trim() !== "" && kind === "message") this.#options.history.add(text);
    return { kind: "line", text };
  }

  async key(question: string, keys: string, signal: AbortSignal): Promise<string | undefined> {
    this.#typedAhead = [];
    for (;;) {
      this.#output.write(question);
      const line = await this.#nextLine(signal);
      if (line === undefined) return undefined;
      const key = line.trim().charAt(0).toLowerCase();
      if (key !== "" && keys.includes(key)) return key;
    }
  }

  print(text: string): void {
    this.#output.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  onInterrupt(handler: () => void): () => void {
    return this.#interrupts.add(handler);
  }

  interrupt(): void {
    if (!this.#take) {
      this.#interrupts.run();
    } else if (this.#kind === "answer") {
      this.#take(undefined);
      this.#interrupts.run();
    } else if (this.#leaving) {
      this.#take(undefined);
    } else {
      this.#leaving = true;
      this.print(`\n${LEAVE_HINT}`);
    }
  }

  close(): void {
    this.#readline.close();
  }

  #nextLine(signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const line = this.#typedAhead.shift();
      if (line !== undefined || this.#ended) return resolve(line);
      const onAbort = () => {
        this.#take = undefined;
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#take = (taken) => {
        this.#take = undefined;
        signal.removeEventListener("abort", onAbort);
        resolve(taken);
      };
    });
  }
}
