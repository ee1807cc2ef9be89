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

const V2 = {
  "/proc/self/cgroup": "0::/user.slice/app.scope\n",
  "/proc/self/mountinfo": "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n",
};
const V1 = {
  "/proc/self/cgroup": "5:cpu,cpuacct:/box\n4:memory:/other\n0::/\n",
  "/proc/self/mountinfo":
    "30 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
};
const V1_CPU = "/sys/fs/cgroup/cpu,cpuacct";

test.each<[string, Record<string, string>, number | undefined]>([
  [
    "version 2, of the group itself",
    { ...V2, "/sys/fs/cgroup/user.slice/app.scope/cpu.max": "150000 100000\n" },
    1.5,
  ],
  [
    "version 2, the least of all around it",
    {
      ...V2,
      "/sys/fs/cgroup/user.slice/app.scope/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/user.slice/cpu.max": "200000 100000\n",
      "/sys/fs/cgroup/cpu.max": "400000 100000\n",
    },
    2,
  ],
  ["version 2 without a limit", { ...V2, "/sys/fs/cgroup/user.slice/cpu.max": "max 100000\n" }, undefined],
  [
    "version 2 in a container, whose root is its group",
    { ...V2, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "50000 100000\n" },
    0.5,
  ],
  [
    "version 1",
    {
      ...V1,
      [`${V1_CPU}/box/cpu.cfs_quota_us`]: "200000\n",
      [`${V1_CPU}/box/cpu.cfs_period_us`]: "100000\n",
      [`${V1_CPU}/cpu.cfs_quota_us`]: "-1\n",
      [`${V1_CPU}/cpu.cfs_period_us`]: "100000\n",
    },
    2,
  ],
  [
    "version 1 without a limit",
    {
      ...V1,
      [`${V1_CPU}/box/cpu.cfs_quota_us`]: "-1\n",
      [`${V1_CPU}/box/cpu.cfs_period_us`]: "100000\n",
    },
    undefined,
  ],
  ["no cgroups", {}, undefined],
])("the quota of a cgroup, %s", (_name, contents, quota) => {
  expect(cgroupQuota((file) => contents[file])).toBe(quota);
});
