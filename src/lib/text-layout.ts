/**
 * Text that has to fit somewhere: on one line, within a number of columns.
 */
import { sanitize } from "./text-sanitize.ts";

const ELLIPSIS = "…";

/**
 * Cuts `text` so that a terminal shows it in at most `columns` columns, the ellipsis that marks the cut included.
 * Characters are never cut in two. Expects text without newlines and escape sequences.
 */
export function truncate(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  if (columns < 1) return "";
  let kept = "";
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += Bun.stringWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return kept + ELLIPSIS;
}

/** Sanitises `text`, joins its lines with spaces and cuts it to `columns` columns. */
export function singleLine(text: string, columns: number): string {
  return truncate(sanitize(text).replace(/\s+/g, " ").trim(), columns);
}
