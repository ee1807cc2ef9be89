/** Reads a line from the terminal that nobody who looks on is to see, such as a key. */
import { writeSync } from "node:fs";
import type { ReadStream } from "node:tty";
import { InterruptedError } from "../lib/errors.ts";

const CONTROL_C = "\x03";
const CONTROL_D = "\x04";
const CONTROL_U = "\x15";
const ERASERS = ["\x7f", "\b"];
const STDERR = 2;
/** An escape sequence, as of an arrow or of the marks around a paste, as far as it goes; or a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Escape is what it looks for
const ONE_KEY = /\x1b(?:\[[0-?]*[ -/]*[@-~]?|O[A-Za-z]?)?|./gsu;
/** One that the next read may go on with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: As above
const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|O)?$/;

/**
 * Shows the question on stderr and reads a line without showing it. What is pasted ends with its first line. Undefined
 * for Ctrl-D on an empty line. Rejects with InterruptedError for Ctrl-C, and with the signal's reason; the terminal is
 * as it was in any case.
 */
export async function readHiddenLine(
  question: string,
  signal: AbortSignal,
  input: ReadStream = process.stdin,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const restore = () => void input.setRawMode(false);
  // First, so that nothing is shown of who types at once.
  input.setRawMode(true);
  process.once("exit", restore);
  writeSync(STDERR, question);
  try {
    return await lineFrom(input, signal);
  } finally {
    process.off("exit", restore);
    writeSync(STDERR, "\n");
    input.pause();
    restore();
  }
}

function lineFrom(input: ReadStream, signal: AbortSignal): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const decoder = new TextDecoder();
  const line = new HiddenLine();
  const onAbort = () => reject(signal.reason);
  const onEnd = () => resolve(undefined);
  const onData = (data: Uint8Array) => {
    const end = line.write(decoder.decode(data, { stream: true }));
    if (end === "interrupted") reject(new InterruptedError());
    else if (end === "entered") resolve(line.text);
    else if (end === "given up") resolve(undefined);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  input.on("data", onData);
  input.on("end", onEnd);
  input.resume();
  return promise.finally(() => {
    signal.removeEventListener("abort", onAbort);
    input.off("data", onData);
    input.off("end", onEnd);
  });
}

/** What keys make of a line. Pure but for what it holds. */
export class HiddenLine {
  #characters: string[] = [];
  #held = "";

  get text(): string {
    return this.#characters.join("");
  }

  /** Takes keys up to the one that ends the line, if one does. An escape sequence may be cut anywhere. */
  write(keys: string): "entered" | "interrupted" | "given up" | undefined {
    const all = this.#held + keys;
    this.#held = UNFINISHED.exec(all)?.[0] ?? "";
    for (const [key] of all.slice(0, all.length - this.#held.length).matchAll(ONE_KEY)) {
      if (key === CONTROL_C) return "interrupted";
      if (key === "\r" || key === "\n") return "entered";
      if (key === CONTROL_D && this.#characters.length === 0) return "given up";
      this.#take(key);
    }
    return undefined;
  }

  #take(key: string): void {
    if (ERASERS.includes(key)) this.#characters.pop();
    else if (key === CONTROL_U) this.#characters = [];
    else if (!/^\p{Cc}/u.test(key)) this.#characters.push(key);
  }
}
