/**
 * How many threads a model gets. More than the machine gives costs a factor of fifty (measured: 800 MB in f32 on two
 * cores, 64 tokens: 2 s with two threads, 98 to 145 s with four), so that the library's own choice is not taken.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path/posix";
import { type Hierarchy, hierarchiesOf, type ReadText } from "../cgroups.ts";
import { readText } from "../memory.ts";

export interface Processors {
  /** What this process may run on. */
  available: number;
  /** Processors' worth of time that the cgroup grants; absent when it does not limit. */
  quota?: number;
  /** Cores that do arithmetic of their own; two threads of one core share it. Absent or 0 when not known. */
  cores?: number;
}

/** At least one, and never more than there are of anything. */
export function usableThreads({ available, quota, cores }: Processors): number {
  const limits = [available, ...(quota === undefined ? [] : [Math.floor(quota)]), ...(cores ? [cores] : [])];
  return Math.max(1, Math.min(...limits));
}

/** The processors of this machine as this process may use them. */
export function readProcessors(cores: number, read: ReadText = readText): Processors {
  const quota = cgroupQuota(read);
  return { available: availableParallelism(), cores, ...(quota !== undefined && { quota }) };
}

/** The least that this process's group and those around it are granted; undefined when nothing limits it. */
export function cgroupQuota(read: ReadText): number | undefined {
  const quotas = hierarchiesOf("cpu", read).flatMap((hierarchy) => quotasOf(hierarchy, read));
  return quotas.length === 0 ? undefined : Math.min(...quotas);
}

/** Version 2 says `QUOTA PERIOD` or `max PERIOD`; version 1 has a file for each, and -1 for no limit. */
function quotasOf({ version, folders }: Hierarchy, read: ReadText): number[] {
  return folders.flatMap((folder) => {
    const [quota, period] =
      version === 2
        ? (read(join(folder, "cpu.max")) ?? "").trim().split(" ")
        : [read(join(folder, "cpu.cfs_quota_us")), read(join(folder, "cpu.cfs_period_us"))];
    return ratio(Number(quota ?? Number.NaN), Number(period ?? Number.NaN));
  });
}

function ratio(quota: number, period: number): number[] {
  return quota > 0 && period > 0 ? [quota / period] : [];
}
