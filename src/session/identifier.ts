/**
 * Identifiers of sessions: thirteen characters of [0-9a-z] that sort by time and can be read aloud.
 */

/** Enough for milliseconds until the year 5188. */
const TIME_LENGTH = 9;
const RANDOM_LENGTH = 4;

/** `random` gives numbers from 0 up to but not including 1. */
export function newSessionId(wallMs: number, random: () => number = Math.random): string {
  const time = Math.trunc(wallMs).toString(36).padStart(TIME_LENGTH, "0");
  const tail = Math.floor(random() * 36 ** RANDOM_LENGTH).toString(36);
  return time + tail.padStart(RANDOM_LENGTH, "0");
}

/** Whether the text may be the beginning of an identifier. */
export function isIdBeginning(text: string): boolean {
  return /^[0-9a-z]{1,13}$/.test(text);
}
