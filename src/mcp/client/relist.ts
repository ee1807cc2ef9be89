import type { Clock } from "../../lib/clock.ts";

export interface Relister {
  /** Says that the list has changed. */
  changed(): void;
  /** Ends the waiting; what is under way is ignored. */
  stop(): void;
}

/**
 * Fetches a list again after changes: once for a burst of them, and once more if one came while it was fetched, so
 * that none is lost. `fetch` publishes what it gets and handles its own errors.
 */
export function createRelister(fetch: () => Promise<void>, debounceMs: number, clock: Clock): Relister {
  let cancel: (() => void) | undefined;
  let fetching = false;
  let again = false;
  let stopped = false;

  const schedule = () => {
    cancel ??= clock.setTimer(debounceMs, () => {
      cancel = undefined;
      void run();
    });
  };
  const run = async () => {
    fetching = true;
    again = false;
    await fetch();
    fetching = false;
    if (again && !stopped) schedule();
  };
  return {
    changed() {
      if (stopped) return;
      if (fetching) again = true;
      else schedule();
    },
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
