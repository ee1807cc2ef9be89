/** Whether a process is the one that was meant: numbers are used again, a number with its start time is not. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

interface Sight {
  startTime: string;
  /** It has ended, and nobody has asked how. */
  zombie: boolean;
}

/**
 * When a process started, in whatever unit its system has; only good for comparing. Undefined when there is no such
 * process, when it has ended but was not reaped yet, or when there is no way to tell.
 */
export function startTimeOf(pid: number): string | undefined {
  const sight = sightOf(pid);
  return sight?.zombie === false ? sight.startTime : undefined;
}

/**
 * Whether the number is free, or still that of the process which started then: a zombie keeps its number. False when
 * another process has it by now, and when there is no way to tell.
 */
export function isUnclaimed(pid: number, startTime: string): boolean {
  const sight = sightOf(pid);
  return sight ? sight.startTime === startTime : isFree(pid);
}

/**
 * Where process numbers mean the same: on Linux this boot and this namespace of numbers, as a container that shares the
 * home folder counts its own; elsewhere the name of the machine.
 */
export function hostIdentity(): string {
  if (process.platform !== "linux") return hostname();
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

function sightOf(pid: number): Sight | undefined {
  if (process.platform === "linux") return sightInProc(pid);
  return process.platform === "win32" ? undefined : sightFromPs(pid);
}

/** ESRCH and nothing else: a process that we may not look at has its number all the same. */
function isFree(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** The 3rd and 22nd field of /proc/PID/stat; the 2nd, in brackets, may hold spaces and brackets of its own. */
function sightInProc(pid: number): Sight | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state = "", startTime] = [fields[0], fields[19]];
    return startTime === undefined ? undefined : { startTime, zombie: isZombie(state) };
  } catch {
    return undefined;
  }
}

/**
 * macOS and the BSDs have no /proc. The time is asked for in one language and one zone, as it would otherwise be
 * another text in another terminal.
 */
export function sightFromPs(pid: number): Sight | undefined {
  const { stdout, success } = Bun.spawnSync(["ps", "-o", "stat=", "-o", "lstart=", "-p", String(pid)], {
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    stderr: "ignore",
  });
  const [, state = "", startTime] = /^(\S+)\s+(.+)$/.exec(stdout.toString().trim()) ?? [];
  return success && startTime !== undefined ? { startTime, zombie: isZombie(state) } : undefined;
}

/** Z is a zombie; X, which is hardly ever seen, one that is being taken away. */
function isZombie(state: string): boolean {
  return /^[ZXx]/.test(state);
}
