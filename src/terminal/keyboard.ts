/**
 * Owns the terminal's mode while mcpchat reads keys, and gives it back, also when the process ends without asking.
 * Decides who gets what is typed: the line editor while it reads a line, a question that waits for one key, or nobody
 * yet: what is typed during an answer is kept for the next line.
 */
import { writeSync } from "node:fs";
import { PassThrough } from "node:stream";
import type { ReadStream } from "node:tty";
import { type InputPart, PASTE_OFF, PASTE_ON, PasteSplitter, toEditable } from "./paste.ts";

const CONTROL_C = "\x03";

/** A `TerminalKeys` stream looks like a terminal to readline, which must not touch the mode that we own. */
export type TerminalKeys = PassThrough & { isTTY: true; setRawMode(mode: boolean): TerminalKeys };

function terminalKeys(): TerminalKeys {
  const keys: TerminalKeys = Object.assign(new PassThrough(), {
    isTTY: true as const,
    setRawMode: () => keys,
  });
  return keys;
}

export class Keyboard {
  /** The keys of the line that is being read. */
  readonly keys = terminalKeys();
  /** Called for Ctrl-C while no line is read and no key is waited for. */
  onInterrupt: () => void = () => {};
  /** Called when the terminal is gone. */
  onEnd: () => void = () => {};

  readonly #input: ReadStream;
  readonly #outputFd: number;
  readonly #splitter = new PasteSplitter();
  readonly #decoder = new TextDecoder();
  #waiting: InputPart[] = [];
  #readsLine = false;
  #takeKey: ((key: string) => void) | undefined;

  constructor(input: ReadStream, outputFd: number) {
    this.#input = input;
    this.#outputFd = outputFd;
  }

  /** Takes the terminal: raw mode, bracketed paste. */
  open(): void {
    this.#input.setRawMode(true);
    writeSync(this.#outputFd, PASTE_ON);
    this.#input.on("data", this.#receive);
    this.#input.on("end", this.#ended);
    process.on("exit", this.close);
    this.#input.resume();
  }

  /** Gives the terminal back as it was. May be called twice. */
  readonly close = (): void => {
    process.off("exit", this.close);
    this.#input.off("data", this.#receive);
    this.#input.off("end", this.#ended);
    this.#input.pause();
    try {
      this.#input.setRawMode(false);
      writeSync(this.#outputFd, PASTE_OFF);
    } catch {
      // The terminal is gone, and its mode with it.
    }
  };

  /** Lets keys through to the line editor until Enter; begins with what was typed ahead. */
  releaseLine(): void {
    this.#readsLine = true;
    this.#pump();
  }

  /** Keeps keys from the line editor, as when a line is given up. */
  holdLine(): void {
    this.#readsLine = false;
  }

  /**
   * Resolves to the next key that is pressed. What was typed ahead is dropped: nobody answers a question that they
   * have not seen. Rejects with the signal's reason.
   */
  nextKey(signal: AbortSignal): Promise<string> {
    this.#waiting = [];
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#takeKey = undefined;
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#takeKey = (key) => {
        this.#takeKey = undefined;
        signal.removeEventListener("abort", onAbort);
        resolve(key);
      };
    });
  }

  readonly #ended = (): void => this.onEnd();

  readonly #receive = (data: Uint8Array): void => {
    for (const part of this.#splitter.write(this.#decoder.decode(data, { stream: true }))) this.#route(part);
  };

  #route(part: InputPart): void {
    const take = this.#takeKey;
    // A paste is no answer to a question.
    if (take && part.kind === "keys") {
      take(part.text);
    } else if (!this.#readsLine && part.kind === "keys" && part.text.includes(CONTROL_C)) {
      this.#interrupted();
    } else {
      this.#waiting.push(part);
      this.#pump();
    }
  }

  /** As terminals do, Ctrl-C throws away what was typed before it. */
  #interrupted(): void {
    this.#waiting = [];
    this.onInterrupt();
  }

  #pump(): void {
    while (this.#readsLine) {
      const part = this.#waiting.shift();
      if (!part) return;
      if (part.kind === "paste") this.keys.write(toEditable(part.text));
      else this.#pumpKeys(part.text);
    }
  }

  /** Stops behind Enter: the rest belongs to whatever is asked next. */
  #pumpKeys(text: string): void {
    const [line = ""] = /^[^\r\n]*(\r\n|\r|\n)?/.exec(text) ?? [];
    const rest = text.slice(line.length);
    if (rest !== "") this.#waiting.unshift({ kind: "keys", text: rest });
    const complete = /[\r\n]$/.test(line);
    this.keys.write(line.replace(/[\r\n]+$/, "\r"));
    if (complete) this.#readsLine = false;
  }
}
