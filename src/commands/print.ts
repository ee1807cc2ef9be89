/** How commands that are no conversation print: results on stdout, notices on stderr. */
import type { Notify } from "../lib/notice.ts";
import { openNotices } from "../terminal/output.ts";

/** Writes to stdout, waiting while it is full. */
export async function print(text: string): Promise<void> {
  if (text !== "") await Bun.write(Bun.stdout, text);
}

export function printJson(value: unknown): Promise<void> {
  return print(`${JSON.stringify(value, null, 2)}\n`);
}

export function notifier(values: { quiet?: boolean; verbose?: boolean }): Notify {
  return openNotices(values);
}
