/**
 * The words of supervision: what a child is, how it ends, and what may happen to it. After Erlang/OTP's
 * `supervisor` and Elixir's `DynamicSupervisor`; this folder depends on nothing else in the project.
 */

/** Monotonic time; a test replaces it. */
export interface Clock {
  now(): number;
  /** Runs `callback` once after `delayMs`; the returned function cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

export type Exit =
  | { kind: "normal" }
  | { kind: "shutdown" }
  | { kind: "killed" }
  | { kind: "crash"; error: unknown };

export type StopReason = "shutdown" | "restart";

/** A started child. `exited` never rejects and is the only sign of a crash that the supervisor sees. */
export interface Running<H> {
  handle: H;
  exited: Promise<Exit>;
  /** Asks the child to end; it answers by settling `exited`. */
  stop(reason: StopReason): void;
  /** Ends the child without asking. In-process work can only be abandoned: see the event `leaked`. */
  kill(): void;
}

export interface StartContext {
  /** Aborted when the supervisor stops or the start takes too long: what was begun is to be undone. */
  signal: AbortSignal;
  /** 0 for the first start, then 1, 2, ... for each restart. */
  attempt: number;
  /** The child's place in the tree, such as `mcpchat/mcp/servers`. */
  path: string;
}

export type Restart = "permanent" | "transient" | "temporary";
export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one";

export interface Backoff {
  /** The ceiling of the first delay in milliseconds; doubles with each restart. */
  baseMs: number;
  capMs: number;
  /** After this much stable running the next delay is the first again. */
  resetMs: number;
}

/** Rejecting, or being late, is a miss; any answer is a sign of life. */
export interface HealthProbe<H> {
  check(handle: H, signal: AbortSignal): Promise<unknown>;
  everyMs: number;
  timeoutMs: number;
  /** So many misses in a row make a crash. */
  misses: number;
}

export interface ChildSpec<H = unknown> {
  id: string;
  /** Resolves when the child is ready, or to "ignore" when it has no work to do. */
  start(context: StartContext): Promise<Running<H> | "ignore">;
  restart: Restart;
  /** Milliseconds between asking and killing; "infinity" for supervisors. */
  shutdown: number | "brutal_kill" | "infinity";
  type: "worker" | "supervisor";
  /** Milliseconds a start may take before it is aborted and counts as failed. No limit when absent. */
  startTimeout?: number;
  /** Delay before a restart. None when absent: restarted at once, as in OTP. */
  backoff?: Backoff;
  health?: HealthProbe<H>;
}

export interface Intensity {
  maxRestarts: number;
  maxSeconds: number;
}

/** `stopped` is a spec without a process: terminated by a call, ended normally, ignored, or waiting for a sibling. */
export type ChildState = "starting" | "running" | "restarting" | "stopping" | "stopped";

/** A row of `whichChildren`. Times are monotonic milliseconds of the supervisor's clock. */
export interface ChildInfo {
  id: string;
  type: "worker" | "supervisor";
  state: ChildState;
  restarts: number;
  startedAt?: number;
  lastExit?: Exit;
  nextTryAt?: number;
  handle?: unknown;
}

export interface ChildCounts {
  specs: number;
  active: number;
  workers: number;
  supervisors: number;
}

/** What happened, in order. `path` is the supervisor's place in the tree, such as `mcpchat/mcp/servers`. */
export type SupervisionEvent = { path: string; at: number } & (
  | { type: "child_started"; id: string; attempt: number }
  | { type: "child_exited"; id: string; exit: Exit }
  | { type: "restart_scheduled"; id: string; delayMs: number }
  | { type: "start_failed"; id: string; error: unknown }
  | { type: "stop_failed"; id: string; error: unknown }
  | { type: "child_stopped"; id: string }
  | { type: "child_killed"; id: string }
  | { type: "child_leaked"; id: string }
  | { type: "intensity_exceeded"; id: string }
  | { type: "permanent_failure"; id: string; error: unknown }
  | { type: "supervisor_stopped"; exit: Exit }
);

export type Listener = (event: SupervisionEvent) => void;

/** Whether an error says, by `permanent: true`, that no restart can mend it: the supervisor gives up at once. */
export function isPermanent(error: unknown): boolean {
  return typeof error === "object" && error !== null && "permanent" in error && error.permanent === true;
}
