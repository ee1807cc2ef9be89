/** Keeps the record of this run: which process groups it has, and the socket that answers questions. */
import { type Clock, systemClock } from "../lib/clock.ts";
import { hostIdentity } from "../process/identity.ts";
import { identityOf, liveRecords, type RunRecord, removeRecord, writeRecord } from "./run-record.ts";

export interface RunRecorder {
  addGroup(leader: number): void;
  removeGroup(leader: number): void;
  setSocket(path: string | undefined): void;
  /** Forgets this run. */
  close(): void;
}

/** Most runs are over before there is anything worth writing down; the guard watches over those. */
const WRITE_AFTER_MS = 100;

/** The first write also ends what earlier runs have left. Failures are silent: it is the second line of defence. */
export function createRunRecorder(folder: string, clock: Clock = systemClock): RunRecorder {
  const host = hostIdentity();
  const startedAt = Date.now();
  const groups = new Set<number>();
  let socket: string | undefined;
  let written = false;
  let cancel: (() => void) | undefined;

  const write = () => {
    cancel = undefined;
    const identity = identityOf(process.pid);
    if (!identity) return;
    try {
      if (!written) liveRecords(folder);
      writeRecord(folder, recordOf(identity));
      written = true;
    } catch {
      // A state folder that cannot be written keeps nobody from chatting.
    }
  };
  const recordOf = (identity: { pid: number; startTime: string }): RunRecord => ({
    ...identity,
    host,
    startedAt,
    ...(socket !== undefined && { socket }),
    groups: [...groups].flatMap((leader) => identityOf(leader) ?? []),
  });
  const plan = () => {
    cancel ??= clock.setTimer(WRITE_AFTER_MS, write);
  };
  return {
    addGroup(leader) {
      groups.add(leader);
      plan();
    },
    removeGroup(leader) {
      if (groups.delete(leader)) plan();
    },
    setSocket(path) {
      socket = path;
      write();
    },
    close() {
      cancel?.();
      if (written) removeRecord(folder, { pid: process.pid, host, ...(socket !== undefined && { socket }) });
    },
  };
}
