/** Reading that takes long is told of: nobody waits in front of a silent terminal. */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Notify } from "../lib/notice.ts";

export interface SlowOptions {
  /** As it may be shown. */
  name: string;
  /** How long it may take in silence, in milliseconds. */
  silenceMs: number;
  notify: Notify;
  clock?: Clock | undefined;
}

/** Settles as `reading` does; says once that it goes on. */
export async function tellWhenSlow<T>(
  reading: Promise<T>,
  { name, silenceMs, notify, clock = systemClock }: SlowOptions,
): Promise<T> {
  const cancel = clock.setTimer(silenceMs, () => notify("warn", `still reading ${name}; Ctrl-C gives it up`));
  try {
    return await reading;
  } finally {
    cancel();
  }
}
