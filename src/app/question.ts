/** A question of a server to the person: when it is its turn, and no longer than the server waits for it. */
import type { Asking } from "./asking.ts";

/**
 * Puts a question once the person can hear it, and tells where that is not at once. Rejects with the signal's reason as
 * soon as it aborts, even where `ask` has something left to do with the person: others wait for that.
 */
export async function askInTurn<T>(
  { turnstile, waitsFor }: Asking,
  tell: (text: string) => void,
  ask: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let shown = false;
  if (waitsFor !== undefined) tell(`has a question, which comes after ${waitsFor}`);
  const asked = turnstile.pass(() => {
    shown = true;
    return ask();
  }, signal);
  const takenBack = Promise.withResolvers<never>();
  const onAbort = () => {
    // What was seen is told of by whoever has shown it.
    if (waitsFor !== undefined && !shown) tell("does not wait for an answer to its question any more");
    takenBack.reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([asked, takenBack.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
