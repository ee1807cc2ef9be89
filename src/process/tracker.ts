import { killGroup } from "./group.ts";

/** Knows which process groups are alive, so that the end of this program can take them along. */
export interface GroupTracker {
  /** Notes a group by its leader; the returned function forgets it once it is gone. */
  add(leaderPid: number): () => void;
  /** `observer` is told of those that are alive and of all that follow; the returned function ends that. */
  observe(observer: GroupObserver): () => void;
  /** The leaders of the groups that are alive. */
  live(): number[];
  /** Sends SIGKILL to every group, synchronously: made for exit handlers. */
  killAll(): void;
}

export interface GroupObserver {
  addGroup(leaderPid: number): void;
  removeGroup(leaderPid: number): void;
}

export function createGroupTracker(): GroupTracker {
  const leaders = new Set<number>();
  const observers = new Set<GroupObserver>();
  return {
    add(leaderPid) {
      leaders.add(leaderPid);
      for (const observer of observers) observer.addGroup(leaderPid);
      return () => {
        leaders.delete(leaderPid);
        for (const observer of observers) observer.removeGroup(leaderPid);
      };
    },
    observe(observer) {
      observers.add(observer);
      for (const leader of leaders) observer.addGroup(leader);
      return () => void observers.delete(observer);
    },
    live: () => [...leaders],
    killAll() {
      for (const leader of leaders) killGroup(leader);
    },
  };
}
