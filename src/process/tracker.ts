import { killGroup } from "./group.ts";

/** Knows which process groups are alive, so that the end of this program can take them along. */
export interface GroupTracker {
  /** Notes a group by its leader; the returned function forgets it once it is gone. */
  add(leaderPid: number): () => void;
  /** The leaders of the groups that are alive. */
  live(): number[];
  /** Sends SIGKILL to every group, synchronously: made for exit handlers. */
  killAll(): void;
}

export function createGroupTracker(): GroupTracker {
  const leaders = new Set<number>();
  return {
    add(leaderPid) {
      leaders.add(leaderPid);
      return () => leaders.delete(leaderPid);
    },
    live: () => [...leaders],
    killAll() {
      for (const leader of leaders) killGroup(leader);
    },
  };
}
