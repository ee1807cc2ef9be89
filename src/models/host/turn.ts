/** A model does one thing at a time. */
import { ModelError } from "../problem.ts";

interface Busy {
  busy: Promise<unknown>;
}

/**
 * Does something while none of these models does anything else. Throws ModelError `aborted` at once when the signal aborts
 * while it waits; what has begun ends in its own time.
 */
export function inTurn<T>(models: readonly Busy[], work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = () => new ModelError({ code: "aborted", message: "it was stopped" });
  if (signal.aborted) return Promise.reject(stopped());
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  let begun = false;
  const done = Promise.allSettled(models.map(({ busy }) => busy)).then(() => {
    if (signal.aborted) throw stopped();
    begun = true;
    return work();
  });
  const settled = done.catch(() => {});
  for (const model of models) model.busy = settled;
  signal.addEventListener("abort", () => begun || reject(stopped()), { once: true });
  return Promise.race([done, aborted]);
}
