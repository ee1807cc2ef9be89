/** SIGINT, SIGTERM and SIGHUP as one AbortSignal. */
import { InterruptedError } from "../lib/errors.ts";

export interface Signals {
  signal: AbortSignal;
  /** Takes SIGINT over, as a chat does to stop an answer; the returned function gives it back. */
  onInterrupt(handler: () => void): () => void;
}

/**
 * Listens to the process's signals. `again` is called at the second one that nobody has taken over: whoever
 * presses Ctrl-C twice does not want to wait for an orderly end.
 */
export function listenToSignals(again: (error: InterruptedError) => void): Signals {
  const controller = new AbortController();
  const handlers: (() => void)[] = [];
  const end = (name: "SIGINT" | "SIGTERM" | "SIGHUP") => {
    const error = new InterruptedError(name);
    if (controller.signal.aborted) again(error);
    else controller.abort(error);
  };
  process.on("SIGINT", () => {
    const handler = handlers.at(-1);
    if (handler) handler();
    else end("SIGINT");
  });
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGHUP", () => end("SIGHUP"));
  return {
    signal: controller.signal,
    onInterrupt(handler) {
      handlers.push(handler);
      return () => void handlers.splice(handlers.lastIndexOf(handler), 1);
    },
  };
}
