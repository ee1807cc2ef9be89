/**
 * How many threads to use at this moment. The threads of a model wait for each other at every step: where other programs
 * run too, the step takes as long as the slowest thread waits for a processor (measured, two cores, other work on both: 116
 * tokens per second with one thread, 3 with two). So they are as few as there are processors to be had. Pure.
 */

export interface Pace {
  /** In use. */
  threads: number;
  /** When more may be tried, on the clock of the observations, in milliseconds. */
  holdUntilMs: number;
  /** How long to wait before the next try; longer after each that was in vain. */
  holdMs: number;
  /** More were just tried. */
  trying: boolean;
}

export interface Observation {
  nowMs: number;
  /** Processors' worth of time that the process got while it was working. */
  processors: number;
}

/**
 * Below this share of what was asked for, somebody else is working. Alone on the machine it is 0.75 to 0.97 (measured): between
 * its steps a model's threads rest. With one other program at work on two cores it is two thirds.
 */
const ENOUGH = 0.7;
const FIRST_HOLD_MS = 500;
const LONGEST_HOLD_MS = 30_000;

export function firstPace(threads: number): Pace {
  return { threads, holdUntilMs: 0, holdMs: FIRST_HOLD_MS, trying: false };
}

/** The pace after an observation; never more than `most` threads, never fewer than one. */
export function nextPace(pace: Pace, { nowMs, processors }: Observation, most: number): Pace {
  const { threads, trying } = pace;
  if (threads > 1 && processors < threads * ENOUGH) {
    const fewer = Math.max(1, Math.min(threads - 1, Math.floor(processors + 0.1)));
    const holdMs = trying ? Math.min(pace.holdMs * 2, LONGEST_HOLD_MS) : FIRST_HOLD_MS;
    return { threads: fewer, holdMs, holdUntilMs: nowMs + holdMs, trying: false };
  }
  if (threads < most && nowMs >= pace.holdUntilMs) {
    return { ...pace, threads: Math.min(most, threads * 2), trying: true };
  }
  return trying ? { ...pace, holdMs: FIRST_HOLD_MS, trying: false } : pace;
}
