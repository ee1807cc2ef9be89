import { describe, expect, onTestFinished, test } from "bun:test";
import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostIdentity, startTimeOf } from "../../src/process/identity.ts";
import { isLocked, lockPath, takeLock } from "../../src/process/lock.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

function lockFile(): string {
  return lockPath(temporaryFolder(), "m");
}

function written(owner: object): string {
  const file = lockFile();
  writeFileSync(file, JSON.stringify({ pid: process.pid, startTime: "", host: hostIdentity(), ...owner }));
  return file;
}

test("a lock is held until it is released", () => {
  const file = lockFile();
  const first = takeLock(file);
  expect(takeLock(file)).toEqual({ kind: "held", pid: process.pid, here: true });
  expect(isLocked(file)).toBe(true);
  if (first.kind === "taken") first.release();
  expect(existsSync(file)).toBe(false);
  expect(isLocked(file)).toBe(false);
  expect(takeLock(file).kind).toBe("taken");
});

test("a lock lies hidden beside what it locks", () => {
  expect(lockPath("/models", "ada/m")).toBe("/models/ada/.m.lock");
});

describe("an owner", () => {
  test("that was killed holds nothing", async () => {
    const child = Bun.spawn(["sleep", "60"]);
    onTestFinished(() => child.kill("SIGKILL"));
    const file = written({ pid: child.pid, startTime: startTimeOf(child.pid) });
    expect(takeLock(file)).toEqual({ kind: "held", pid: child.pid, here: true });
    child.kill("SIGKILL");
    await child.exited;
    expect(takeLock(file).kind).toBe("taken");
  });

  test("whose number is another process's by now holds nothing", () => {
    expect(takeLock(written({ startTime: "1" })).kind).toBe("taken");
  });

  test("of another machine holds it, as far as anybody can tell", () => {
    expect(takeLock(written({ host: "elsewhere" }))).toEqual({ kind: "held", pid: process.pid, here: false });
  });

  test.each([["{"], ["[]"], ['{"pid":"x","startTime":"","host":""}']])("that is %s is none", (text) => {
    const file = lockFile();
    writeFileSync(file, text);
    expect(takeLock(file).kind).toBe("taken");
  });

  test("that is about to write itself down holds it, but not for ever", () => {
    const file = lockFile();
    writeFileSync(file, "");
    expect(takeLock(file).kind).toBe("held");
    const before = Date.now() / 1000 - 60;
    utimesSync(file, before, before);
    expect(takeLock(file).kind).toBe("taken");
  });
});

test("of many processes that find the same old lock one takes it, and leaves nothing else behind", async () => {
  const folder = temporaryFolder();
  const file = lockPath(folder, "m");
  writeFileSync(file, JSON.stringify({ pid: process.pid, startTime: "1", host: hostIdentity() }));
  const program = join(import.meta.dir, "../fixtures/process/lock-taker.ts");
  const children = Array.from({ length: 6 }, () =>
    Bun.spawn([process.execPath, program, file], { stdin: "pipe", stdout: "pipe", stderr: "inherit" }),
  );
  onTestFinished(() => {
    for (const child of children) child.kill("SIGKILL");
  });
  const readers = children.map((child) => child.stdout.getReader());
  const decoder = new TextDecoder();
  const line = async (reader: (typeof readers)[number]) => decoder.decode((await reader.read()).value);
  expect(await Promise.all(readers.map(line))).toEqual(children.map(() => "ready\n"));
  for (const { stdin } of children) {
    await stdin.write("go\n");
    await stdin.flush();
  }
  const outcomes = await Promise.all(readers.map(line));
  expect(outcomes.filter((outcome) => outcome === "taken\n")).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([".m.lock"]);
});
