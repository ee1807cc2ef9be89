/** Waiting for another process that writes, for what must be on disk before anything else happens. */
import { StoreError } from "./errors.ts";

/** With the wait of a statement about five seconds: on a slow disk twenty runs at once may have to queue that long. */
const TRIES = 20;

/**
 * Does the work again when another process keeps the database locked, up to `tries` times. Synchronous, so that nothing
 * else runs meanwhile, Ctrl-C neither: only for writes that cannot be made up for later. Throws what the work throws.
 */
export function patiently<T>(work: () => T, tries = TRIES): T {
  for (let left = tries - 1; ; left--) {
    try {
      return work();
    } catch (error) {
      if (left <= 0 || !isBusy(error)) throw error;
    }
  }
}

export function isBusy(error: unknown): boolean {
  return error instanceof StoreError && error.problem === "busy";
}
