/** How a command that is no conversation prints its result. */

import { ExitCode, UserError } from "../lib/errors.ts";
import { jsonText } from "../lib/json-text.ts";
import { openOutput } from "../terminal/output.ts";

/**
 * Writes to stdout, waiting while it is full. Throws UserError when it cannot be written, or when whoever read it has
 * gone, which is no failure to tell of.
 */
export async function print(text: string): Promise<void> {
  let closed = false;
  const write = openOutput({
    onClosed() {
      closed = true;
    },
  });
  await write(text);
  if (closed) throw new UserError("standard output was closed", "closed", ExitCode.closedOutput);
}

export function printJson(value: unknown): Promise<void> {
  return print(`${jsonText(value, 2)}\n`);
}
