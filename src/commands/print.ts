/** How a command that is no conversation prints its result. */
import { jsonText } from "../lib/json-text.ts";

/** Writes to stdout, waiting while it is full. Rejects with EPIPE when whoever read it has gone. */
export async function print(text: string): Promise<void> {
  if (text !== "") await Bun.write(Bun.stdout, text);
}

export function printJson(value: unknown): Promise<void> {
  return print(`${jsonText(value, 2)}\n`);
}
