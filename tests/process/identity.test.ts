import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { hostIdentity, isUnclaimed, sightFromPs, startTimeOf } from "../../src/process/identity.ts";
import { eventually, firstLine, shell } from "./programs.ts";

setDefaultTimeout(60_000);

test("a process keeps its start time, and another has another one", async () => {
  const own = startTimeOf(process.pid);
  expect(own).toBeString();
  expect(startTimeOf(process.pid)).toBe(own);
  expect(startTimeOf(2 ** 30)).toBeUndefined();
  expect(isUnclaimed(process.pid, own ?? "")).toBe(true);
  expect(isUnclaimed(process.pid, "another time")).toBe(false);
  expect(isUnclaimed(2 ** 30, "1")).toBe(true);
});

test.skipIf(process.platform !== "linux")("a zombie does not live, yet keeps its number", async () => {
  // The shell becomes a program that never asks how its child ended.
  const parent = shell("sleep 60 & echo $!; exec sleep 60");
  try {
    const pid = Number(await firstLine(parent));
    const startTime = startTimeOf(pid) ?? "";
    expect(startTime).not.toBe("");
    const command = () => readFileSync(`/proc/${parent.handle.pid}/comm`, "utf8").trim();
    await eventually("the shell is another program", () => command() === "sleep");
    process.kill(pid, "SIGKILL");
    await eventually("it is a zombie", () => sightFromPs(pid)?.zombie === true);
    expect(startTimeOf(pid)).toBeUndefined();
    expect(isUnclaimed(pid, startTime)).toBe(true);
    expect(isUnclaimed(pid, "another time")).toBe(false);
  } finally {
    parent.kill();
    await parent.exited;
  }
});

test("ps tells the time in one language and zone, whatever ours are", () => {
  const { LC_ALL, TZ } = process.env;
  const before = sightFromPs(process.pid);
  expect(before?.startTime).toMatch(/^[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}$/);
  try {
    process.env.TZ = "Asia/Tokyo";
    process.env.LC_ALL = "de_DE.UTF-8";
    expect(sightFromPs(process.pid)).toEqual(before);
  } finally {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
    if (LC_ALL === undefined) delete process.env.LC_ALL;
    else process.env.LC_ALL = LC_ALL;
  }
});

test("the host is told by its boot and its namespace of process numbers", () => {
  expect(hostIdentity()).toBe(hostIdentity());
  if (process.platform === "linux") expect(hostIdentity()).toMatch(/^[0-9a-f-]{36} pid:\[\d+\]$/);
});
