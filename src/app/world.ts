/** What a command is handed of the process it runs in. */
import type { Environment } from "../config/paths.ts";
import type { GroupTracker } from "../process/tracker.ts";

/** The process that a command runs in. */
export interface World {
  env: Environment;
  cwd: string;
  /** Aborted with an InterruptedError by SIGINT, SIGTERM or SIGHUP, unless a chat has taken SIGINT over. */
  signal: AbortSignal;
  /** Takes SIGINT over; the returned function gives it back. */
  onInterrupt(handler: () => void): () => void;
  /** The process groups that must not outlive this process. */
  groups: GroupTracker;
}
