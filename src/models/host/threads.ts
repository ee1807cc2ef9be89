/**
 * How many threads a model gets. More than the machine gives costs a factor of fifty (measured: 800 MB in f32 on two
 * cores, 64 tokens: 2 s with two threads, 98 to 145 s with four), so that the library's own choice is not taken.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

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
export function readProcessors(cores: number, read: (file: string) => string = readText): Processors {
  const quota = cgroupQuota(read);
  return { available: availableParallelism(), cores, ...(quota !== undefined && { quota }) };
}

/** Version 2 says `QUOTA PERIOD` or `max PERIOD`; version 1 has a file for each, and -1 for no limit. */
export function cgroupQuota(read: (file: string) => string): number | undefined {
  try {
    const [quota, period] = read("/sys/fs/cgroup/cpu.max").trim().split(" ").map(Number);
    return ratio(quota, period);
  } catch {
    // No version 2 here.
  }
  try {
    const quota = Number(read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
    return ratio(quota, Number(read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")));
  } catch {
    return undefined;
  }
}

function ratio(quota: number | undefined, period: number | undefined): number | undefined {
  const known = quota !== undefined && period !== undefined && quota > 0 && period > 0;
  return known ? quota / period : undefined;
}

function readText(file: string): string {
  return readFileSync(file, "utf8");
}
