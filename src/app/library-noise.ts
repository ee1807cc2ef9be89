/**
 * What libraries print through console: on stdout it would end up in the user's pipe, on stderr in the middle of a chat,
 * and some of it quotes servers. It goes to the log.
 */
import { inspect } from "node:util";
import { singleLine } from "../lib/text-layout.ts";

const METHODS = ["log", "info", "debug", "warn", "error"] as const;
const LINE_COLUMNS = 1000;

/** Has every method of the console write one safe line; the returned function gives the console back. */
export function divertConsole(write: (line: string) => void, target: Console = console): () => void {
  const before = Object.fromEntries(METHODS.map((method) => [method, target[method]]));
  const divert = (...values: unknown[]) => {
    const words = values.map((value) => (typeof value === "string" ? value : inspect(value, { depth: 2 })));
    write(singleLine(words.join(" "), LINE_COLUMNS));
  };
  Object.assign(target, Object.fromEntries(METHODS.map((method) => [method, divert])));
  return () => void Object.assign(target, before);
}
