/** Names of attachments in lines for people. Pure. */
import { singleLine } from "../lib/text-layout.ts";

const LONGEST_SHOWN = 200;

/** A name is whatever somebody typed: one line of it, of a length that can be read. */
export function shownName(name: string): string {
  return singleLine(name, LONGEST_SHOWN);
}
