import type { Clock } from "../lib/clock.ts";
import { settlesWithin } from "../lib/deadline.ts";
import { signalGroup } from "./group.ts";

/** How long a process may take to end after each request, in milliseconds. */
export interface Graces {
  /** After the end of its input. */
  endOfInputMs: number;
  /** After SIGTERM. */
  terminateMs: number;
}

/** Together below the two seconds in which no server may outlive mcpchat. */
export const DEFAULT_GRACES: Graces = { endOfInputMs: 250, terminateMs: 1000 };

/** The process to stop: `ended` settles with the end of the leader. */
export interface Stoppable {
  pid: number;
  ended: Promise<unknown>;
  endInput(): void;
  /** Sends SIGKILL to the group. */
  kill(): void;
}

/**
 * The stop recipe: end the input, wait; SIGTERM to the group, wait; SIGKILL to the group. Waits on the leader's end
 * alone: where process 1 reaps no orphans a group seems to live for ever. Resolves once nothing is left to be sent.
 */
export async function stopGroup(target: Stoppable, graces: Graces, clock: Clock): Promise<void> {
  target.endInput();
  if (await settlesWithin(target.ended, graces.endOfInputMs, clock)) return;
  signalGroup(target.pid, "SIGTERM");
  // A stopped process takes no SIGTERM before it goes on.
  signalGroup(target.pid, "SIGCONT");
  if (await settlesWithin(target.ended, graces.terminateMs, clock)) return;
  target.kill();
}
