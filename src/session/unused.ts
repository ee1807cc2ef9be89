/** What was not used for so long is of a server that is gone, or that runs differently now: it is not kept. */
export const UNUSED_MS = 90 * 24 * 60 * 60_000;
