/** How a notice reads: one line, `mcpchat: what happened; what to do`. */
import type { NoticeLevel } from "../lib/notice.ts";
import { sanitize } from "../lib/text-sanitize.ts";

const RESET = "\x1b[0m";
const PAINT: Readonly<Record<NoticeLevel, string>> = { error: "\x1b[31m", warn: "\x1b[33m", info: "\x1b[2m" };

/** The line with its newline. Whatever `text` holds, no escape sequence of a server reaches the terminal. */
export function noticeLine(level: NoticeLevel, text: string, colour: boolean): string {
  const line = sanitize(text)
    .replace(/\s*\n\s*/g, " ")
    .trim();
  return colour ? `${PAINT[level]}mcpchat:${RESET} ${line}\n` : `mcpchat: ${line}\n`;
}
