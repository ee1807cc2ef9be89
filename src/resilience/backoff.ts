/** The ceiling of the first wait, and of any wait, in milliseconds. */
export interface Jitter {
  baseMs: number;
  capMs: number;
}

/**
 * Full jitter: a wait drawn evenly from nothing up to a ceiling that doubles with each retry (0 for the first).
 * After "Exponential Backoff and Jitter" (AWS Architecture Blog): it spreads clients that failed together best.
 */
export function fullJitter(retry: number, { baseMs, capMs }: Jitter, random: () => number): number {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** retry));
}
