import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  availableMemory,
  isLow,
  memoryLimits,
  memoryWithin,
  parseMemoryInfo,
} from "../../src/models/memory.ts";

const GIB = 1024 ** 3;
const MEMINFO = "MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\n";
const V2_MOUNT = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
const V1_MOUNT =
  "30 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

function reader(files: Record<string, string>): (path: string) => string | undefined {
  return (path) => files[path];
}

test("the memory of the machine is in units of 1024 bytes", () => {
  expect(parseMemoryInfo(MEMINFO)).toEqual({ totalBytes: 16 * GIB, availableBytes: 8 * GIB });
  expect(parseMemoryInfo("MemTotal: 4 kB\nMemFree: 1 kB\n")).toEqual({
    totalBytes: 4096,
    availableBytes: 1024,
  });
  expect(parseMemoryInfo("nonsense")).toBeUndefined();
});

describe("the limit of a cgroup", () => {
  test("of version 2 counts, and that of a group around it", () => {
    const read = reader({
      "/proc/meminfo": MEMINFO,
      "/proc/self/cgroup": "0::/user/app\n",
      "/proc/self/mountinfo": V2_MOUNT,
      "/sys/fs/cgroup/user/app/memory.max": "max\n",
      "/sys/fs/cgroup/user/memory.max": `${4 * GIB}\n`,
      "/sys/fs/cgroup/user/memory.current": `${3 * GIB}\n`,
      "/sys/fs/cgroup/user/memory.stat": `anon 5\ninactive_file ${2 * GIB}\n`,
    });
    expect(availableMemory(read)).toEqual({ totalBytes: 4 * GIB, availableBytes: 3 * GIB });
  });

  test("of version 1 counts", () => {
    const read = reader({
      "/proc/meminfo": MEMINFO,
      "/proc/self/cgroup": "5:cpu,cpuacct:/\n4:memory:/box\n0::/\n",
      "/proc/self/mountinfo": V1_MOUNT,
      "/sys/fs/cgroup/memory/box/memory.limit_in_bytes": `${2 * GIB}\n`,
      "/sys/fs/cgroup/memory/box/memory.usage_in_bytes": `${GIB}\n`,
      "/sys/fs/cgroup/memory/box/memory.stat": `inactive_file 7\ntotal_inactive_file ${GIB / 2}\n`,
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1\n",
    });
    expect(availableMemory(read)).toEqual({ totalBytes: 2 * GIB, availableBytes: 1.5 * GIB });
  });

  test("is found in a container, whose path may be that of the host", () => {
    const files = {
      "/sys/fs/cgroup/memory.max": `${GIB}\n`,
      "/sys/fs/cgroup/memory.current": "0\n",
      "/proc/self/cgroup": "0::/docker/abc\n",
    };
    const inside = V2_MOUNT.replace(" / /sys", " /docker/abc /sys");
    const expected = [{ limitBytes: GIB, usedBytes: 0 }];
    expect(memoryLimits(reader({ ...files, "/proc/self/mountinfo": inside }))).toEqual(expected);
    expect(memoryLimits(reader({ ...files, "/proc/self/mountinfo": V2_MOUNT }))).toEqual(expected);
  });

  test("that is used up leaves nothing", () => {
    const machine = { totalBytes: 8, availableBytes: 4 };
    expect(memoryWithin(machine, [{ limitBytes: 2, usedBytes: 3 }])).toEqual({
      totalBytes: 2,
      availableBytes: 0,
    });
  });

  test("never makes more of it", () => {
    const amount = fc.nat();
    const limit = fc.record({ limitBytes: amount, usedBytes: amount });
    const machine = fc.record({ totalBytes: amount, availableBytes: amount });
    fc.assert(
      fc.property(machine, fc.array(limit), (whole, limits) => {
        const { totalBytes, availableBytes } = memoryWithin(whole, limits);
        expect(totalBytes).toBeLessThanOrEqual(whole.totalBytes);
        expect(availableBytes).toBeLessThanOrEqual(whole.availableBytes);
        expect(availableBytes).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

test("the memory of this machine makes sense", () => {
  const { totalBytes, availableBytes } = availableMemory();
  expect(totalBytes).toBeGreaterThan(64 * 1024 ** 2);
  expect(availableBytes).toBeGreaterThan(0);
  expect(availableBytes).toBeLessThanOrEqual(totalBytes);
});

test("where there is no /proc the system is asked", () => {
  expect(availableMemory(() => undefined).totalBytes).toBeGreaterThan(0);
});

test.each([
  [24 * GIB, 32 * GIB, false],
  [GIB, 32 * GIB, true],
  [0, 512, true],
])("%d bytes of %d: too little is left: %p", (availableBytes, totalBytes, low) => {
  expect(isLow({ availableBytes, totalBytes })).toBe(low);
});
