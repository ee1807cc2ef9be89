import type { Clock } from "../../../lib/clock.ts";

export interface Relister {
  /** Says that the list has changed. */
  changed(): void;
  /** Ends the waiting; what is under way is ignored. */
  stop(): void;
}

/** In milliseconds. */
export interface RelistPace {
  /** From a change to the fetch: changes come in bursts. */
  debounceMs: number;
  /** From one fetch to the next, at least: a server that says all the time that its list has changed is not obeyed. */
  leastMs: number;
}

/**
 * Fetches a list again after changes: once for a burst of them, and once more if one came while it was fetched, so
 * that none is lost. `fetch` publishes what it gets and handles its own errors.
 */
export function createRelister(fetch: () => Promise<void>, pace: RelistPace, clock: Clock): Relister {
  let notBefore = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let fetching = false;
  let again = false;
  let stopped = false;

  const schedule = () => {
    cancel ??= clock.setTimer(Math.max(pace.debounceMs, notBefore - clock.now()), () => {
      cancel = undefined;
      void run();
    });
  };
  const run = async () => {
    fetching = true;
    again = false;
    notBefore = clock.now() + pace.leastMs;
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
