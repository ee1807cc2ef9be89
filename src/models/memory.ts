/** How much memory there is for a model: what the machine has, or less where a cgroup limits it. */
import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { join } from "node:path/posix";
import { type Hierarchy, hierarchiesOf, type ReadText } from "./cgroups.ts";
import { availableOnMac } from "./memory-macos.ts";

export interface AvailableMemory {
  /** What this process could ever be given. */
  totalBytes: number;
  /** What it can be given now, the cache of files counted as free. */
  availableBytes: number;
}

/** A limit that a group of processes has, this one among them. */
export interface MemoryLimit {
  limitBytes: number;
  /** Without the cache of files, which makes room when it is needed. */
  usedBytes: number;
}

/** What is left of the machine's memory within the limits. */
export function memoryWithin(machine: AvailableMemory, limits: readonly MemoryLimit[]): AvailableMemory {
  const left = ({ limitBytes, usedBytes }: MemoryLimit) => Math.max(0, limitBytes - usedBytes);
  return {
    totalBytes: Math.min(machine.totalBytes, ...limits.map(({ limitBytes }) => limitBytes)),
    availableBytes: Math.min(machine.availableBytes, ...limits.map(left)),
  };
}

/** Measures anew with each call; takes well under a millisecond, on macOS some more. */
export function availableMemory(read: ReadText = readText): AvailableMemory {
  const machine = parseMemoryInfo(read("/proc/meminfo") ?? "") ?? memoryOfSystem();
  return memoryWithin(machine, memoryLimits(read));
}

/** A machine or a group of processes with less than this is about to kill somebody, or has just done so. */
const LOW_SHARE = 0.1;

/** Whether a process that was killed may have been killed for want of memory. */
export function isLow({ totalBytes, availableBytes }: AvailableMemory): boolean {
  return availableBytes < totalBytes * LOW_SHARE;
}

function memoryOfSystem(): AvailableMemory {
  const totalBytes = totalmem();
  const availableBytes = process.platform === "darwin" ? availableOnMac(totalBytes) : freemem();
  return { totalBytes, availableBytes };
}

/** The lines of /proc/meminfo, which count in units of 1024 bytes. */
export function parseMemoryInfo(text: string): AvailableMemory | undefined {
  const field = (name: string) => {
    const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  };
  const totalBytes = field("MemTotal");
  const availableBytes = field("MemAvailable") ?? field("MemFree");
  return totalBytes === undefined || availableBytes === undefined
    ? undefined
    : { totalBytes, availableBytes };
}

const FILES = {
  2: { limit: "memory.max", used: "memory.current", cache: "inactive_file" },
  1: { limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes", cache: "total_inactive_file" },
};

/** The limits of this process's group and of those around it, in either version of cgroups. */
export function memoryLimits(read: ReadText): MemoryLimit[] {
  return hierarchiesOf("memory", read).flatMap((hierarchy) => limitsOf(hierarchy, read));
}

function limitsOf({ version, folders }: Hierarchy, read: ReadText): MemoryLimit[] {
  const files = FILES[version];
  return folders.flatMap((folder) => {
    const limitBytes = numberIn(read(join(folder, files.limit)));
    if (limitBytes === undefined) return [];
    const used = numberIn(read(join(folder, files.used))) ?? 0;
    const [, cache = "0"] =
      new RegExp(`^${files.cache} (\\d+)$`, "m").exec(read(join(folder, "memory.stat")) ?? "") ?? [];
    return [{ limitBytes, usedBytes: Math.max(0, used - Number(cache)) }];
  });
}

/** `max` stands for no limit; version 1 has a number that no machine reaches. */
function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** Undefined when it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
