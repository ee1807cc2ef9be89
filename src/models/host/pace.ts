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
  /** How it was with more threads, which have just been given up: whether that was right shows now. */
  before?: { threads: number; tokens: number };
  /** Until then a low share is taken for what it was the last time: nothing to act on. */
  patientUntilMs: number;
  patienceMs: number;
}

export interface Observation {
  nowMs: number;
  /** Processors' worth of time that the process got while it was working. */
  processors: number;
  /** Generated since the observation before. */
  tokens: number;
}

/**
 * Below this share of what was asked for, somebody else may be working. Alone on the machine it is 0.7 to 0.97 (measured):
 * between its steps a model's threads rest. With one other program at work on two cores it is two thirds.
 */
const ENOUGH = 0.7;
/** Below this there is no doubt. */
const CERTAIN = 0.6;
/** Fewer threads have to be so much faster to stay. */
const BETTER = 1.05;
const FIRST_HOLD_MS = 500;
const LONGEST_HOLD_MS = 30_000;
const FIRST_PATIENCE_MS = 2000;
const LONGEST_PATIENCE_MS = 8000;

export function firstPace(threads: number): Pace {
  return {
    threads,
    holdUntilMs: 0,
    holdMs: FIRST_HOLD_MS,
    trying: false,
    patientUntilMs: 0,
    patienceMs: FIRST_PATIENCE_MS,
  };
}

/** The pace after an observation; never more than `most` threads, never fewer than one. */
export function nextPace(pace: Pace, observation: Observation, most: number): Pace {
  const { before, ...rest } = pace;
  if (before && observation.tokens < before.tokens * BETTER) return inVain(rest, before, observation);
  const { threads, trying } = rest;
  const { nowMs, processors } = observation;
  const least = threads * (nowMs < rest.patientUntilMs ? CERTAIN : ENOUGH);
  if (threads > 1 && processors < least) {
    return fewer(rest, observation);
  }
  if (threads < most && nowMs >= rest.holdUntilMs) {
    return { ...rest, threads: Math.min(most, threads * 2), trying: true };
  }
  return trying ? { ...rest, holdMs: FIRST_HOLD_MS, trying: false } : rest;
}

function fewer(pace: Pace, { nowMs, processors, tokens }: Observation): Pace {
  const { threads, trying } = pace;
  const holdMs = trying ? Math.min(pace.holdMs * 2, LONGEST_HOLD_MS) : FIRST_HOLD_MS;
  const doubtful = processors >= threads * CERTAIN;
  return {
    ...pace,
    threads: Math.max(1, Math.min(threads - 1, Math.floor(processors + 0.1))),
    holdMs,
    holdUntilMs: nowMs + holdMs,
    trying: false,
    ...(doubtful && { before: { threads, tokens } }),
  };
}

/** Fewer threads were no faster: nobody is in the way. */
function inVain(pace: Pace, before: { threads: number }, { nowMs }: Observation): Pace {
  return {
    ...pace,
    threads: before.threads,
    holdMs: FIRST_HOLD_MS,
    patientUntilMs: nowMs + pace.patienceMs,
    patienceMs: Math.min(pace.patienceMs * 2, LONGEST_PATIENCE_MS),
  };
}
