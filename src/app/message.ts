/** The user's message of a one-shot run: prompt, attached files and standard input put together. */
import { UsageError } from "../lib/errors.ts";
import { FileError, readTextFile } from "../lib/file.ts";

/** In bytes; a larger one would not fit any model's context. */
const LARGEST_NAMED_TEXT = 10 * 1024 * 1024;

export interface MessageParts {
  prompt: string;
  stdin?: string;
  files: readonly { name: string; text: string }[];
  /** The names of images and PDFs that go beside the text, where they are to be told from each other. */
  media?: readonly string[];
}

/**
 * Puts the parts together: the prompt, a blank line, then what came on stdin, then the files, each under its name, then
 * the names of what goes beside the text.
 * Empty when there is nothing to send.
 */
export function composeMessage({ prompt, stdin = "", files, media = [] }: MessageParts): string {
  const parts = [prompt, stdin.trim() === "" ? "" : stdin.replace(/\n$/, "")];
  const attachments = files.map(({ name, text }) => `File ${name}:\n\n${text.replace(/\n$/, "")}`);
  const beside = media.length === 0 ? "" : `Attached, in this order: ${media.join(", ")}`;
  return [...parts, ...attachments, beside].filter((part) => part !== "").join("\n\n");
}

/** A text, or, after an `@`, the content of the file it names. Throws UsageError. */
export function textOrFile(value: string): string {
  return value.startsWith("@") ? readNamed(value.slice(1)) : value;
}

function readNamed(name: string): string {
  try {
    return readTextFile(name, LARGEST_NAMED_TEXT);
  } catch (error) {
    if (error instanceof FileError) throw new UsageError(error.message, "name a text file that can be read");
    throw error;
  }
}
