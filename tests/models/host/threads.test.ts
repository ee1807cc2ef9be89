import { expect, test } from "bun:test";
import { cgroupQuota, usableThreads } from "../../../src/models/host/threads.ts";

test.each([
  [{ available: 8 }, 8],
  [{ available: 8, cores: 4 }, 4],
  [{ available: 2, cores: 4 }, 2],
  [{ available: 8, quota: 2.5, cores: 8 }, 2],
  [{ available: 8, quota: 0.5 }, 1],
  [{ available: 1, cores: 0 }, 1],
])("of %p %i are used", (processors, threads) => {
  expect(usableThreads(processors)).toBe(threads);
});

function files(contents: Record<string, string>): (file: string) => string {
  return (file) => {
    const text = contents[file];
    if (text === undefined) throw new Error("ENOENT");
    return text;
  };
}

test.each<[string, Record<string, string>, number | undefined]>([
  ["version 2", { "/sys/fs/cgroup/cpu.max": "150000 100000\n" }, 1.5],
  ["version 2 without a limit", { "/sys/fs/cgroup/cpu.max": "max 100000\n" }, undefined],
  [
    "version 1",
    { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n" },
    2,
  ],
  [
    "version 1 without a limit",
    { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n" },
    undefined,
  ],
  ["no cgroups", {}, undefined],
])("the quota of a cgroup, %s", (_name, contents, quota) => {
  expect(cgroupQuota(files(contents))).toBe(quota);
});
