/**
 * The terminal of a chat: answers that stream, and lines that may come at any moment, a crashed server's for example,
 * kept apart. A line never lands in the middle of another one.
 */
import type { LineEditor } from "./line-editor-port.ts";

export interface Screen {
  /** Writes a piece of an answer as it is: sanitise it first. */
  write(text: string): Promise<void>;
  /** Writes whole lines: above the prompt, or after the piece of an answer that stands there. */
  print(text: string): void;
  /** From now on the editor knows where the prompt is. */
  attach(editor: Pick<LineEditor, "print">): void;
}

/** `output` writes to the terminal, in order. */
export function openScreen(
  output: (text: string) => Promise<void>,
  fallback: (text: string) => void,
): Screen {
  let editor: Pick<LineEditor, "print"> | undefined;
  let midLine = false;
  return {
    write(text) {
      if (text !== "") midLine = !text.endsWith("\n");
      return output(text);
    },
    print(text) {
      const whole = text.endsWith("\n") ? text : `${text}\n`;
      const apart = midLine ? `\n${whole}` : whole;
      midLine = false;
      if (editor) editor.print(apart);
      else fallback(apart);
    },
    attach(attached) {
      editor = attached;
    },
  };
}
