/** `--timeout SECONDS` of the commands that ask one thing of a server. */
import { systemClock } from "../lib/clock.ts";
import { LimitError } from "../lib/errors.ts";

/** Runs the work with a signal that also ends it after so many seconds. Throws LimitError then. */
export async function withinSeconds<T>(
  seconds: number | undefined,
  what: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (seconds === undefined) return work(signal);
  const ended = new AbortController();
  const late = new LimitError(`${what} took more than ${seconds} s`, "timeout");
  const cancel = systemClock.setTimer(seconds * 1000, () => ended.abort(late));
  try {
    return await work(AbortSignal.any([signal, ended.signal]));
  } finally {
    cancel();
  }
}
