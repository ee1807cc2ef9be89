/** What the manager of the servers is given. */
import type { Notify } from "../../lib/notice.ts";
import type { Listener } from "../../supervisor/spec.ts";
import type { ComebackPace } from "./comeback.ts";
import type { ToolListCache } from "./port.ts";
import type { ServerSurroundings } from "./server.ts";
import type { EraMemory } from "./session/eras.ts";
import type { FingerprintMemory } from "./tools/fingerprints.ts";

export interface ManagerOptions extends ServerSurroundings {
  cache: ToolListCache;
  /** Which era each server speaks, from earlier runs. */
  eras?: EraMemory;
  /** The tools as they were when they were first used; known for this run only when absent. */
  fingerprints?: FingerprintMemory;
  /** How many calls of all servers together may be in flight; asked each time. */
  maxCalls?: () => number;
  notify: Notify;
  /** What to do about a server of this machine that has failed, where there is something. */
  restartAdvice?: (server: string) => string | undefined;
  /** Whether somebody else tells of the failure of this server. */
  isHushed?: (server: string) => boolean;
  /** How soon a server that was away is tried again. */
  comeback?: ComebackPace;
  /** Hears every supervision event of the servers, for the tree view and the log. */
  listener?: Listener;
}
