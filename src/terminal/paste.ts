/**
 * Bracketed paste: the terminal marks what was pasted, so that its newlines are not taken for the Enter key.
 */

export const PASTE_ON = "\x1b[?2004h";
export const PASTE_OFF = "\x1b[?2004l";

const ESCAPE = "\x1b";
const START = "\x1b[200~";
const END = "\x1b[201~";

/** Stands for a newline while a message is edited on one line. */
const NEWLINE_SYMBOL = "␤";

export interface InputPart {
  kind: "keys" | "paste";
  text: string;
}

/** Parts what a terminal sends into keys and pastes; the marks may be cut anywhere. */
export class PasteSplitter {
  #pasting = false;
  #held = "";

  write(chunk: string): InputPart[] {
    const parts: InputPart[] = [];
    let text = this.#held + chunk;
    this.#held = "";
    while (text !== "") text = this.#takePart(text, parts);
    return parts;
  }

  /** Gives up waiting for what may follow a lone Escape. */
  releaseEscape(): InputPart[] {
    if (this.#held !== ESCAPE || this.#pasting) return [];
    this.#held = "";
    return [{ kind: "keys", text: ESCAPE }];
  }

  /** Moves one part from the front of `text`; returns the rest. */
  #takePart(text: string, parts: InputPart[]): string {
    const mark = this.#pasting ? END : START;
    const at = text.indexOf(mark);
    const held = at < 0 ? heldLength(text, mark) : 0;
    const body = text.slice(0, at < 0 ? text.length - held : at);
    if (body !== "") parts.push({ kind: this.#pasting ? "paste" : "keys", text: body });
    if (at >= 0) {
      this.#pasting = !this.#pasting;
      return text.slice(at + mark.length);
    }
    this.#held = text.slice(text.length - held);
    return "";
  }
}

/**
 * How much of the end of `text` may be the beginning of `mark`. A lone Escape waits for the next key as well, which
 * is what it means to an editor with Emacs keys: Escape, then b, is Alt-b.
 */
function heldLength(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}

/** A text of several lines as one line that can be edited. Other control characters are left out. */
export function toEditable(text: string): string {
  const lines = text.replace(/\r\n?|\n/g, NEWLINE_SYMBOL).replace(/\t/g, "  ");
  return lines.replace(/\p{Cc}/gu, "");
}

/** The text that an edited line stands for. */
export function fromEditable(line: string): string {
  return line.replaceAll(NEWLINE_SYMBOL, "\n");
}
