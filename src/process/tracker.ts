import { killGroup } from "./group.ts";
import type { Guard } from "./guard.ts";

/** Knows which process groups are alive, so that the end of this program can take them along. */
export interface GroupTracker {
  /** Notes a group by its leader; the returned function forgets it once it is gone. */
  add(leaderPid: number): () => void;
  /** The leaders of the groups that are alive. */
  live(): number[];
  /** Sends SIGKILL to every group, synchronously: made for exit handlers. */
  killAll(): void;
}

/** `guard` is told too, for the end that no handler sees. */
export function createGroupTracker(guard?: Guard): GroupTracker {
  const leaders = new Set<number>();
  return {
    add(leaderPid) {
      leaders.add(leaderPid);
      guard?.add(leaderPid);
      return () => {
        leaders.delete(leaderPid);
        guard?.remove(leaderPid);
      };
    },
    live: () => [...leaders],
    killAll() {
      for (const leader of leaders) killGroup(leader);
    },
  };
}
