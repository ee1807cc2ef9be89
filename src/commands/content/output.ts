/** How contents leave the program: text for a terminal, bytes for a pipe. */
import { UsageError } from "../../lib/errors.ts";
import { formatBytes } from "../../lib/text-amount.ts";
import { Sanitizer, sanitize } from "../../lib/text-sanitize.ts";
import { streamKind } from "../../terminal/stream-kind.ts";
import { print } from "../print.ts";

/** Bytes, and what they are. */
export interface Binary {
  bytes: Uint8Array;
  /** As the server calls it; not safe for a terminal. */
  type: string;
}

export function binary(base64: string, mimeType = "application/octet-stream"): Binary {
  return { bytes: Buffer.from(base64, "base64"), type: mimeType };
}

/** Characters that are sanitised and written at once: a text of 50 MB, whole, took 1.4 GB (measured). */
const PIECE = 1_000_000;

/** Prints a text with exactly one newline at its end, harmless to a terminal unless it is wanted raw. */
export async function printText(text: string, raw = false): Promise<void> {
  const sanitizer = new Sanitizer();
  let newlines = "";
  for (let at = 0; at < text.length; at += PIECE) {
    const piece = text.slice(at, at + PIECE);
    const shown = raw ? piece : sanitizer.write(piece);
    const body = withoutLastNewlines(shown);
    if (body !== "") await print(newlines + body);
    newlines = (body === "" ? newlines : "") + shown.slice(body.length);
  }
  const rest = sanitizer.end();
  await print(rest === "" ? "\n" : `${newlines}${rest}\n`);
}

/** Writes bytes to standard output as they are. Throws UsageError on a terminal, which would obey some of them. */
export async function printBinary({ bytes, type }: Binary): Promise<void> {
  if (streamKind(1) === "terminal") {
    throw new UsageError(
      `this is ${sanitize(type)} of ${formatBytes(bytes.length)}, not text`,
      "save it with -o FILE",
    );
  }
  await Bun.write(Bun.stdout, bytes);
}

/** A pattern would look at each newline of a text full of them anew. */
function withoutLastNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === "\n") end--;
  return text.slice(0, end);
}
