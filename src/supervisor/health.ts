/** Finds a child that lives and does nothing: so many questions in a row without an answer make a crash. */
import type { Clock, HealthProbe } from "./spec.ts";

export class HungError extends Error {
  override readonly name = "HungError";
}

/** Asks until it is stopped or the child has missed too often, which `onHung` is told once. */
export function watchHealth(
  handle: unknown,
  probe: HealthProbe<unknown>,
  clock: Clock,
  onHung: (error: HungError) => void,
): () => void {
  const ended = new AbortController();
  let missed = 0;
  let cancel = () => {};
  const ask = async () => {
    missed = (await answers(handle, probe, clock, ended.signal)) ? 0 : missed + 1;
    if (ended.signal.aborted) return;
    if (missed < probe.misses) plan();
    else onHung(new HungError(`no sign of life, asked ${missed} times`));
  };
  const plan = () => {
    cancel = clock.setTimer(probe.everyMs, () => void ask());
  };
  plan();
  return () => {
    cancel();
    ended.abort();
  };
}

/** Whether the child answers in time; a failure is no answer. Never throws. */
async function answers(
  handle: unknown,
  { check, timeoutMs }: HealthProbe<unknown>,
  clock: Clock,
  ended: AbortSignal,
): Promise<boolean> {
  const late = new AbortController();
  const answer = Promise.withResolvers<boolean>();
  const giveUp = () => {
    late.abort();
    answer.resolve(false);
  };
  const cancel = clock.setTimer(timeoutMs, giveUp);
  ended.addEventListener("abort", giveUp, { once: true });
  const asked = Promise.try(() => check(handle, late.signal));
  asked.then(
    () => answer.resolve(true),
    () => answer.resolve(false),
  );
  const alive = await answer.promise;
  cancel();
  ended.removeEventListener("abort", giveUp);
  return alive;
}
