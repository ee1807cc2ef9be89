import { killGroup } from "./group.ts";

/** Knows which process groups are alive, so that the end of this program can take them along. */
export interface GroupTracker {
  /** Says that a process is about to be started, as it may outlive us before its number is known. */
  expect(): ExpectedProcess;
  /** Notes a group by its leader; the returned function forgets it once it is gone. */
  add(leaderPid: number): () => void;
  /** `observer` is told of those that are alive and of all that follow; the returned function ends that. */
  observe(observer: GroupObserver): () => void;
  /** The leaders of the groups that are alive. */
  live(): number[];
  /** Sends SIGKILL to every group, synchronously: made for exit handlers. */
  killAll(): void;
}

export interface ExpectedProcess {
  /** To be added to its environment. */
  environment: Record<string, string>;
  /** Ends the expectation: its group is known, or it could not be started. */
  end(): void;
}

/** In the environment of a process from before it is there. */
export const MARK_VARIABLE = "MCPCHAT_PROCESS_MARK";

export interface GroupObserver {
  /** A process with this mark is being started. */
  addMark?(mark: string): void;
  removeMark?(mark: string): void;
  addGroup(leaderPid: number): void;
  removeGroup(leaderPid: number): void;
}

export function createGroupTracker(): GroupTracker {
  const leaders = new Set<number>();
  const observers = new Set<GroupObserver>();
  let expected = 0;
  return {
    expect() {
      // Ends in a dot, so that no mark is the beginning of another.
      const mark = `${process.pid}.${Date.now()}.${++expected}.`;
      for (const observer of observers) observer.addMark?.(mark);
      const end = () => {
        for (const observer of observers) observer.removeMark?.(mark);
      };
      return { environment: { [MARK_VARIABLE]: mark }, end };
    },
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
