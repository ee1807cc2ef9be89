/** Whether a process is the one that was meant: numbers are used again, a number with its start time is not. */
import { readFileSync } from "node:fs";

/**
 * When a process started, in whatever unit its system has; only good for comparing. Undefined when there is no such
 * process, or no way to tell.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === "linux") return fromProc(pid);
  return process.platform === "win32" ? undefined : fromPs(pid);
}

/** The 22nd field of /proc/PID/stat; the second one, in brackets, may hold spaces and brackets of its own. */
function fromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** macOS and the BSDs have no /proc. */
function fromPs(pid: number): string | undefined {
  const { stdout, success } = Bun.spawnSync(["ps", "-o", "lstart=", "-p", String(pid)]);
  return success ? stdout.toString().trim() || undefined : undefined;
}
