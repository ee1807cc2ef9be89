import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  liveRecords,
  type RunRecord,
  recordFile,
  removeSocket,
  writeRecord,
} from "../../src/app/run-record.ts";
import { createRunRecorder } from "../../src/app/run-recorder.ts";
import { killGroup } from "../../src/process/group.ts";
import { hostIdentity, startTimeOf } from "../../src/process/identity.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { eventually, firstLine, isAlive, shell } from "../process/programs.ts";

setDefaultTimeout(60_000);

const NOBODY = 2 ** 30;

function deadRecord(more: Partial<RunRecord> = {}): RunRecord {
  return { pid: NOBODY, startTime: "1", startedAt: 1, host: hostIdentity(), groups: [], ...more };
}

/** A process whose group's leader is gone and reaped; the leader's number with it. */
async function leaderless(): Promise<{ leader: number; member: number; startTime: string }> {
  const script = "trap '' TERM HUP; sleep 60 >/dev/null & echo $!; read line";
  // Not as servers are started: their groups end with them.
  const running = Bun.spawn(["sh", "-c", script], { detached: true, stdin: "pipe", stdout: "pipe" });
  const leader = running.pid;
  onTestFinished(() => killGroup(leader));
  const { value } = await running.stdout.getReader().read();
  const startTime = startTimeOf(leader) ?? "";
  running.kill("SIGKILL");
  await running.exited;
  return { leader, member: Number(Buffer.from(value ?? []).toString()), startTime };
}

test("of a run that is gone the groups end whose leader is gone too", async () => {
  const folder = temporaryFolder();
  const { leader, member, startTime } = await leaderless();
  expect(await isAlive(member)).toBe(true);
  writeRecord(folder, deadRecord({ groups: [{ pid: leader, startTime }] }));
  expect(liveRecords(folder)).toEqual([]);
  await eventually("the member has ended", async () => !(await isAlive(member)));
  expect(existsSync(recordFile(folder, deadRecord()))).toBe(false);
});

test("a group whose leader's number another process has is left alone", async () => {
  const folder = temporaryFolder();
  const other = shell("echo ready; read line");
  onTestFinished(() => killGroup(other.handle.pid));
  await firstLine(other);
  writeRecord(folder, deadRecord({ groups: [{ pid: other.handle.pid, startTime: "1" }] }));
  expect(liveRecords(folder)).toEqual([]);
  expect(await isAlive(other.handle.pid)).toBe(true);
});

test("what another host has written down is neither live nor swept", async () => {
  const folder = temporaryFolder();
  const other = shell("echo ready; read line");
  onTestFinished(() => killGroup(other.handle.pid));
  await firstLine(other);
  const groups = [{ pid: other.handle.pid, startTime: startTimeOf(other.handle.pid) ?? "" }];
  const socket = join(folder, "theirs.sock");
  writeFileSync(socket, "");
  const dead = deadRecord({ host: "elsewhere", groups, socket });
  const alike = deadRecord({
    host: "elsewhere",
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? "",
  });
  for (const record of [dead, alike]) writeRecord(folder, record);
  expect(liveRecords(folder)).toEqual([]);
  expect(await isAlive(other.handle.pid)).toBe(true);
  for (const file of [socket, recordFile(folder, dead), recordFile(folder, alike)]) {
    expect(existsSync(file)).toBe(true);
  }
  // The same number on two hosts is two files.
  expect(recordFile(folder, deadRecord())).not.toBe(recordFile(folder, dead));
});

test("a socket's own temporary folder goes with it when it is swept, the folder of the records stays", () => {
  const folder = temporaryFolder();
  const socket = join(mkdtempSync(join(tmpdir(), "mcpchat-")), "sock");
  writeFileSync(socket, "");
  writeRecord(folder, deadRecord({ socket }));
  expect(liveRecords(folder)).toEqual([]);
  expect(existsSync(dirname(socket))).toBe(false);
  removeSocket(folder, join(folder, "other.sock"));
  expect(existsSync(folder)).toBe(true);
  const shared = join(folder, "shared");
  mkdirSync(shared);
  writeFileSync(join(shared, "theirs"), "");
  removeSocket(folder, join(shared, "sock"));
  expect(existsSync(join(shared, "theirs"))).toBe(true);
});

test("a run is written down with its host and the time of its start, and forgotten", () => {
  const folder = temporaryFolder();
  const before = Date.now();
  const recorder = createRunRecorder(folder);
  recorder.setSocket(join(folder, "a.sock"));
  const [record] = liveRecords(folder);
  expect(record).toMatchObject({ pid: process.pid, host: hostIdentity(), socket: join(folder, "a.sock") });
  expect(record?.startedAt).toBeGreaterThanOrEqual(before);
  recorder.close();
  expect(liveRecords(folder)).toEqual([]);
});
