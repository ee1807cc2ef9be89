/** The processes of this machine as Linux tells of them in /proc. */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessInfo {
  pid: number;
  parent: number;
  group: number;
  /** Together with the number it names a process for good: numbers are used again. */
  startTime: string;
}

/** All that live; zombies, which hold nothing, are left out. */
export function liveProcesses(): ProcessInfo[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => infoOf(Number(name)) ?? []);
}

function infoOf(pid: number): ProcessInfo | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "Z", parent = "0", group = "0"] = fields;
  if (state === "Z" || state === "X") return undefined;
  return { pid, parent: Number(parent), group: Number(group), startTime: fields[19] ?? "" };
}

/** The descendants of a process. */
export function descendantsOf(pid: number): ProcessInfo[] {
  const all = liveProcesses();
  const found: ProcessInfo[] = [];
  for (let parents = [pid]; parents.length > 0; ) {
    const children = all.filter(({ parent }) => parents.includes(parent));
    found.push(...children);
    parents = children.map((child) => child.pid);
  }
  return found;
}

/** Those of `before` that still live, and whoever else is in their groups. */
export function survivorsOf(before: readonly ProcessInfo[]): ProcessInfo[] {
  const known = new Set(before.map(({ pid, startTime }) => `${pid} ${startTime}`));
  const groups = new Set(before.filter(({ pid, group }) => pid === group).map(({ group }) => group));
  return liveProcesses().filter(
    ({ pid, startTime, group }) => known.has(`${pid} ${startTime}`) || groups.has(group),
  );
}

/** Those that were started with this text in their environment, but for this process. */
export function processesMarked(text: string): ProcessInfo[] {
  return liveProcesses().filter(
    ({ pid }) => pid !== process.pid && read(`/proc/${pid}/environ`)?.includes(text),
  );
}

/** Ends what a run has left behind, so that it stays a finding and does not become a burden. */
export function killAll(processes: readonly ProcessInfo[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** For a message: the number and the command of each. */
export function describeProcesses(processes: readonly ProcessInfo[]): string {
  return processes
    .map(
      ({ pid }) =>
        `${pid} (${(read(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").slice(0, 80).trim()})`,
    )
    .join(", ");
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It has ended meanwhile, or is somebody else's.
    return undefined;
  }
}
