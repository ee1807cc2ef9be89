/**
 * Signals to whole process groups. A server started through npx is a tree of three, so that only the group is sure
 * to reach the one that matters.
 */

/**
 * Sends a signal to every process of the group that `leaderPid` leads. Does nothing if the group is gone. Synchronous,
 * so that it works in an exit handler.
 */
export function signalGroup(leaderPid: number, signal: "SIGTERM" | "SIGCONT" | "SIGKILL"): void {
  // 0 and 1 would mean our own group and every process there is.
  if (!Number.isSafeInteger(leaderPid) || leaderPid <= 1) return;
  if (process.platform === "win32") {
    endTree(leaderPid, signal);
    return;
  }
  try {
    process.kill(-leaderPid, signal);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Windows has no groups and no SIGTERM for console programs; its own tool ends a process with what it has started. */
function endTree(leaderPid: number, signal: "SIGTERM" | "SIGCONT" | "SIGKILL"): void {
  if (signal === "SIGKILL") Bun.spawnSync(["taskkill", "/PID", String(leaderPid), "/T", "/F"]);
}

/** Ends every process of a group at once. */
export function killGroup(leaderPid: number): void {
  signalGroup(leaderPid, "SIGKILL");
}

/** EPERM is what macOS says of a group that holds nothing but zombies. */
function isGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ESRCH" || code === "EPERM";
}
