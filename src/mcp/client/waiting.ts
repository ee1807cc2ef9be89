/** Words for those who wait for a server: once for each time that it is waited for, however many do. */
import type { Clock } from "../../lib/clock.ts";
import type { Notify } from "../../lib/notice.ts";

/** Somebody waits for this server from now on, until the returned function is called. */
export type BeginWait = (server: string) => () => void;

/** A shorter wait is nobody's concern. */
const QUIET_MS = 2500;

/** Names in one line those that are still waited for after a moment. The returned function ends the wait. */
export function tellLate(notify: Notify, clock: Clock, late: () => string[]): () => void {
  return clock.setTimer(QUIET_MS, () => {
    const names = late();
    if (names.length === 0) return;
    notify("warn", `waiting for ${names.length === 1 ? "server" : "servers"} ${names.join(", ")}`);
  });
}

export function waitingNews(notify: Notify, clock: Clock): BeginWait {
  const waits = new Map<string, { waiters: number; cancel: () => void }>();
  const begin = (server: string) => ({
    waiters: 0,
    cancel: clock.setTimer(QUIET_MS, () => notify("warn", `waiting for server ${server}`)),
  });
  return (server) => {
    const wait = waits.get(server) ?? begin(server);
    waits.set(server, wait);
    wait.waiters++;
    return () => {
      wait.waiters--;
      if (wait.waiters > 0) return;
      wait.cancel();
      waits.delete(server);
    };
  };
}
