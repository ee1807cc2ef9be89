/** How much memory there is for a model: what the machine has, or less where a cgroup limits it. */
import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { dirname, join } from "node:path/posix";

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

/** The text of a file; undefined when it cannot be read. */
export type ReadText = (path: string) => string | undefined;

/** What is left of the machine's memory within the limits. */
export function memoryWithin(machine: AvailableMemory, limits: readonly MemoryLimit[]): AvailableMemory {
  const left = ({ limitBytes, usedBytes }: MemoryLimit) => Math.max(0, limitBytes - usedBytes);
  return {
    totalBytes: Math.min(machine.totalBytes, ...limits.map(({ limitBytes }) => limitBytes)),
    availableBytes: Math.min(machine.availableBytes, ...limits.map(left)),
  };
}

/** Measures anew with each call; takes well under a millisecond. */
export function availableMemory(read: ReadText = readText): AvailableMemory {
  const info = parseMemoryInfo(read("/proc/meminfo") ?? "");
  const machine = info ?? { totalBytes: totalmem(), availableBytes: freemem() };
  return memoryWithin(machine, memoryLimits(read));
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

interface Hierarchy {
  mountPoint: string;
  /** The group of this process, as a path below the mount point. */
  group: string;
  files: { limit: string; used: string; cache: string };
}

const FILES = {
  cgroup2: { limit: "memory.max", used: "memory.current", cache: "inactive_file" },
  cgroup: { limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes", cache: "total_inactive_file" },
};

/** The limits of this process's group and of those around it, in either version of cgroups. */
export function memoryLimits(read: ReadText): MemoryLimit[] {
  const groups = read("/proc/self/cgroup") ?? "";
  const mounts = read("/proc/self/mountinfo") ?? "";
  return mounts.split("\n").flatMap((line) => {
    const hierarchy = hierarchyOf(line, groups);
    return hierarchy ? limitsOf(hierarchy, read) : [];
  });
}

/** A line of mountinfo: id, parent, device, root, mount point, options, ..., `-`, type, source, options (proc(5)). */
function hierarchyOf(line: string, groups: string): Hierarchy | undefined {
  const [left = "", right = ""] = line.split(" - ");
  const [, , , root = "/", mountPoint] = left.split(" ");
  const [type, , options = ""] = right.split(" ");
  if (mountPoint === undefined) return undefined;
  if (type === "cgroup2") {
    return {
      mountPoint,
      group: below(
        root,
        groupOf(groups, (names) => names === ""),
      ),
      files: FILES.cgroup2,
    };
  }
  if (type !== "cgroup" || !options.split(",").includes("memory")) return undefined;
  const path = groupOf(groups, (names) => names.split(",").includes("memory"));
  return { mountPoint, group: below(root, path), files: FILES.cgroup };
}

/** A line of /proc/self/cgroup: number, controllers, path; version 2 names no controllers. */
function groupOf(groups: string, isMeant: (controllers: string) => boolean): string {
  for (const line of groups.split("\n")) {
    const [, controllers = "-", ...path] = line.split(":");
    if (isMeant(controllers)) return path.join(":");
  }
  return "/";
}

/** In a container the path may begin with a part that lies outside what is mounted. */
function below(root: string, path: string): string {
  if (root === "/") return path;
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) || "/" : "/";
}

function limitsOf({ mountPoint, group, files }: Hierarchy, read: ReadText): MemoryLimit[] {
  const limits: MemoryLimit[] = [];
  for (let at = join("/", group); ; at = dirname(at)) {
    const folder = join(mountPoint, at);
    const limitBytes = numberIn(read(join(folder, files.limit)));
    if (limitBytes !== undefined) {
      const used = numberIn(read(join(folder, files.used))) ?? 0;
      const [, cache = "0"] =
        new RegExp(`^${files.cache} (\\d+)$`, "m").exec(read(join(folder, "memory.stat")) ?? "") ?? [];
      limits.push({ limitBytes, usedBytes: Math.max(0, used - Number(cache)) });
    }
    if (at === "/") return limits;
  }
}

/** `max` stands for no limit; version 1 has a number that no machine reaches. */
function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
