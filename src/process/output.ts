import type { Clock } from "../lib/clock.ts";

/**
 * Milliseconds for which a stream is read without a break. What is there already is read without leaving the microtasks:
 * a process that never stops writing would keep timers, signals and keys from their turn for ever (seen with `yes`).
 */
const LONGEST_STRETCH_MS = 5;

/**
 * Reads a stream of a process to its end, or until `drainMs` after the process has ended: a grandchild that left the
 * group can hold the pipe open for ever, yet what was written just before the end is still to be read.
 */
export async function* readUntilEnd(
  stream: ReadableStream<Uint8Array>,
  ended: Promise<unknown>,
  drainMs: number,
  clock: Clock,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let finished = false;
  let cancelTimer = () => {};
  const giveUp = () => {
    // Cancelling settles the read in flight with `done`.
    if (!finished) reader.cancel().catch(() => {});
  };
  ended
    .then(() => {
      if (!finished) cancelTimer = clock.setTimer(drainMs, giveUp);
    })
    .catch(giveUp);
  try {
    for (let since = clock.now(); ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
      if (clock.now() - since < LONGEST_STRETCH_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      since = clock.now();
    }
  } finally {
    finished = true;
    cancelTimer();
    reader.releaseLock();
  }
}
