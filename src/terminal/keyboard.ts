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
const CONTROL_D = "\x04";
/** An escape sequence, as of an arrow, or a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Escape is what it looks for
const ONE_KEY = /\x1b(?:\[[\d;?]*[A-Za-z~]|O[A-Za-z])|./gsu;

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
  #onControlD: (() => void) | undefined;
  #offerKey: ((key: string) => void) | undefined;

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

  /**
   * Lets keys through to the line editor until Enter; begins with what was typed ahead. With `onControlD` Ctrl-D calls
   * that, where the line editor would take it for the end of everything.
   */
  releaseLine(onControlD?: () => void): void {
    this.#readsLine = true;
    this.#onControlD = onControlD;
    this.#pump();
  }

  /** Drops what was typed ahead: nobody answers a question that they have not seen. */
  forgetTyped(): void {
    this.#waiting = [];
  }

  /** Keeps keys from the line editor, as when a line is given up. */
  holdLine(): void {
    this.#readsLine = false;
  }

  /**
   * Resolves to the next key that is pressed and that `accepts` takes. What was typed ahead is dropped. Rejects with
   * the signal's reason.
   */
  nextKey(accepts: (key: string) => boolean, signal: AbortSignal): Promise<string> {
    this.forgetTyped();
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#offerKey = undefined;
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#offerKey = (key) => {
        if (!accepts(key)) return;
        this.#offerKey = undefined;
        signal.removeEventListener("abort", onAbort);
        resolve(key);
      };
    });
  }

  readonly #ended = (): void => {
    this.#offerKey?.(CONTROL_D);
    this.onEnd();
  };

  readonly #receive = (data: Uint8Array): void => {
    for (const part of this.#splitter.write(this.#decoder.decode(data, { stream: true }))) this.#route(part);
    // To a question Escape is an answer, not the beginning of another key.
    if (this.#offerKey) for (const part of this.#splitter.releaseEscape()) this.#route(part);
  };

  #route(part: InputPart): void {
    if (this.#offerKey) {
      // A paste is no answer to a question.
      if (part.kind === "keys") for (const [key] of part.text.matchAll(ONE_KEY)) this.#offerKey?.(key);
      return;
    }
    const interrupt = this.#readsLine || part.kind === "paste" ? -1 : part.text.lastIndexOf(CONTROL_C);
    // As terminals do, Ctrl-C throws away what was typed before it.
    if (interrupt >= 0) this.#waiting = [];
    const text = part.text.slice(interrupt + 1);
    if (text !== "") this.#waiting.push({ kind: part.kind, text });
    if (interrupt >= 0) this.onInterrupt();
    this.#pump();
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
    if (this.#onControlD && line.includes(CONTROL_D)) {
      this.#onControlD();
      return;
    }
    // Before the write: it may be answered at once by a demand for the next line.
    if (/[\r\n]$/.test(line)) this.#readsLine = false;
    this.keys.write(line.replace(/[\r\n]+$/, "\r"));
  }
}
