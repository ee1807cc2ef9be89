/** Changes of a configuration file one after the other, whichever process makes them. */
import path from "node:path";
import { type Clock, sleep, systemClock } from "../lib/clock.ts";
import { ConfigurationError } from "../lib/errors.ts";
import { ensurePrivateFolder, fileErrorFrom } from "../lib/file.ts";
import { type LockAttempt, lockPath, takeLock } from "../process/lock.ts";
import { orConfigurationError } from "./problem.ts";

/** A change takes milliseconds; many at once queue. */
const LONGEST_WAIT_MS = 10_000;
const POLL_MS = 10;

/**
 * What `work` returns, which nobody else who asks here does to this file meanwhile. Throws what it throws,
 * ConfigurationError when another process does not come to its end, and the signal's reason.
 */
export async function exclusively<T>(
  file: string,
  signal: AbortSignal,
  work: () => T | Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const until = clock.now() + LONGEST_WAIT_MS;
  let attempt = lockOf(file);
  while (attempt.kind === "held") {
    if (clock.now() > until) throw heldBy(attempt.pid, file);
    await sleep(POLL_MS, signal, clock);
    attempt = lockOf(file);
  }
  try {
    return await work();
  } finally {
    attempt.release();
  }
}

function lockOf(file: string): LockAttempt {
  return orConfigurationError(() => {
    ensurePrivateFolder(path.dirname(file));
    try {
      return takeLock(lockFile(file));
    } catch (error) {
      throw fileErrorFrom(file, error);
    }
  });
}

function lockFile(file: string): string {
  return lockPath(path.dirname(file), path.basename(file));
}

function heldBy(pid: number, file: string): ConfigurationError {
  return new ConfigurationError(
    `${file}: process ${pid} is changing it`,
    `end that process, or remove ${lockFile(file)}`,
  );
}
