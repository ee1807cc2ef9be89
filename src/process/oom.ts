/** Whether the system has ended processes because memory had run out. */
import { readFileSync } from "node:fs";

/**
 * How many processes Linux has killed for want of memory since it started, those of other containers included.
 * Undefined where the system does not tell.
 */
export function outOfMemoryKills(file = "/proc/vmstat"): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync(file, "latin1"))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}
