/** The last resort: an error that no command has told becomes one line on stderr and an exit code. */
import { writeSync } from "node:fs";
import { describeError, ExitCode, InterruptedError, UserError } from "../lib/errors.ts";
import { sanitize } from "../lib/text-sanitize.ts";

/** Writes the line and returns the exit code. Synchronous, as the process may be about to end. */
export function reportFailure(error: unknown): number {
  if (error instanceof InterruptedError) return error.exitCode;
  // `| head`: whoever read the output has what they wanted.
  if (isClosedOutput(error)) return ExitCode.closedOutput;
  const bug = !(error instanceof UserError);
  const line = sanitize(describeError(error)).replaceAll(/\s*\n\s*/g, " ");
  try {
    writeSync(2, `mcpchat: ${line}${bug ? "; this is a bug in mcpchat, please report it" : ""}\n`);
  } catch {
    // Nobody reads stderr any more; the exit code is all that is left to say.
  }
  return bug ? ExitCode.bug : error.exitCode;
}

function isClosedOutput(error: unknown): boolean {
  if (error instanceof UserError) return error.exitCode === ExitCode.closedOutput;
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}
