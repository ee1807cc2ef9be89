/** A server as the command line that adds it. */
import type { RawServer } from "../../config/schema.ts";
import { reveal } from "../../lib/text-reveal.ts";

/** For a shell, harmless to a terminal. */
export function addLine(name: string, { command, args = [], url = "" }: RawServer): string {
  const words = command === undefined ? [name, url] : [name, "--", command, ...args];
  return reveal(["mcpchat", "servers", "add", ...words].map(shellWord).join(" ")).replaceAll("\n", " ");
}

export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
