import type { Clock } from "../lib/clock.ts";
import { withDeadline } from "../lib/deadline.ts";
import { WriteError } from "./errors.ts";

/** The part of Bun's FileSink that is used. */
export interface InputSink {
  write(data: string | Uint8Array): number | Promise<number>;
  flush(): number | Promise<number>;
  end(): number | Promise<number>;
}

/**
 * Writes to a process and waits until the system took it all. Throws WriteError: `timeout` when that took longer than
 * `deadlineMs` (the process does not read), `closed` when its end of the pipe is gone.
 */
export async function writeInput(
  sink: InputSink,
  data: string | Uint8Array,
  deadlineMs: number,
  clock: Clock,
): Promise<void> {
  const late = () => new WriteError("timeout", `the process did not read its input for ${deadlineMs} ms`);
  try {
    // Either may throw, reject or return a number, and both have to be caught (EPIPE).
    const steps = [begin(() => sink.write(data)), begin(() => sink.flush())];
    // What was taken at once, as most messages are, needs no timer.
    if (steps.every((step) => typeof step === "number")) return;
    await withDeadline(Promise.all(steps), deadlineMs, late, clock);
  } catch (error) {
    if (error instanceof WriteError) throw error;
    throw new WriteError("closed", "the process does not take input any more", { cause: error });
  }
}

/** Ends the input; what cannot be written any more is lost, which is what the end of a process means. */
export function endInput(sink: InputSink): void {
  Promise.resolve(begin(() => sink.end())).catch(() => {});
}

/** What the sink returns at once, or a promise that rejects with what it throws. */
function begin(act: () => number | Promise<number>): number | Promise<number> {
  try {
    return act();
  } catch (error) {
    return Promise.reject(error);
  }
}
