/**
 * A child on its way up and on its way down: the two things that take time and may go wrong. Knows nothing of
 * siblings, strategies or budgets.
 */
import { StartAbandonedError } from "./errors.ts";
import type { ChildSpec, Clock, Exit, Running, StartContext, StopReason } from "./spec.ts";

/** How long a killed child may take to be gone before it counts as leaked, in milliseconds. */
export const LEAK_AFTER_MS = 2000;

/** What the shutdown of a child came to; `leaked` is in-process work that no one can end. */
export interface Ending {
  how: "stopped" | "killed" | "leaked";
  exit: Exit;
  /** What the child threw while it was asked to stop or killed. */
  errors: unknown[];
}

export interface Surroundings {
  /** Aborted when the supervisor ends. */
  signal: AbortSignal;
  clock: Clock;
  /** A child that came too late could not be ended. */
  onLeaked(): void;
}

/**
 * Starts a child and waits until it is ready. Throws what the start threw, or StartAbandonedError when `signal`
 * aborts or the start timeout passes; a success that comes later than that is stopped, never adopted.
 */
export async function launch(
  spec: ChildSpec,
  context: Omit<StartContext, "signal">,
  surroundings: Surroundings,
): Promise<Running<unknown> | "ignore"> {
  const { signal, clock } = surroundings;
  if (signal.aborted) throw new StartAbandonedError("stopped");
  const abandonment = new Abandonment(spec, clock);
  const onStop = () => abandonment.begin("stopped");
  signal.addEventListener("abort", onStop, { once: true });
  const cancelTimeout = spec.startTimeout
    ? clock.setTimer(spec.startTimeout, () => abandonment.begin("timeout"))
    : undefined;
  try {
    return await Promise.race([begin(spec, context, abandonment, surroundings), abandonment.over]);
  } finally {
    cancelTimeout?.();
    abandonment.cancelGrace();
    signal.removeEventListener("abort", onStop);
  }
}

/**
 * A start that is given up. Nothing follows before what was begun is undone, for as long as one would wait for a
 * child that runs.
 */
class Abandonment {
  cancelGrace: () => void = () => {};
  readonly #spec: ChildSpec;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #over = Promise.withResolvers<never>();

  constructor(spec: ChildSpec, clock: Clock) {
    this.#spec = spec;
    this.#clock = clock;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Rejects when the start has had its grace and is left to itself. */
  get over(): Promise<never> {
    return this.#over.promise;
  }

  begin(reason: "stopped" | "timeout"): void {
    if (this.signal.aborted) return;
    const error = new StartAbandonedError(reason);
    this.#controller.abort(error);
    const leave = () => this.#over.reject(error);
    const { shutdown } = this.#spec;
    if (shutdown === "brutal_kill") leave();
    else if (shutdown !== "infinity") this.cancelGrace = this.#clock.setTimer(shutdown, leave);
  }
}

async function begin(
  spec: ChildSpec,
  context: Omit<StartContext, "signal">,
  abandonment: Abandonment,
  { clock, onLeaked }: Surroundings,
): Promise<Running<unknown> | "ignore"> {
  const { signal } = abandonment;
  try {
    const result = await spec.start({ ...context, signal });
    if (!isRunning(result))
      throw new TypeError(`start of ${spec.id} returned neither a running child nor "ignore"`);
    if (!signal.aborted) return result;
    // From here on the grace is that of a child: whoever waits for the start waits until this one is gone.
    abandonment.cancelGrace();
    if (result === "ignore") throw signal.reason;
    const { how } = await terminate(result, spec.shutdown, "shutdown", clock);
    if (how === "leaked") onLeaked();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw signal.reason;
}

function isRunning(value: unknown): value is Running<unknown> | "ignore" {
  if (value === "ignore") return true;
  if (typeof value !== "object" || value === null) return false;
  const child = value as Partial<Running<unknown>>; // Looked at member by member below.
  return (
    child.exited instanceof Promise && typeof child.stop === "function" && typeof child.kill === "function"
  );
}

/** How a child ended, whatever it did: a rejected `exited` breaks the contract and counts as a crash. */
export function exitOf(running: Running<unknown>): Promise<Exit> {
  return running.exited.catch((error: unknown): Exit => ({ kind: "crash", error }));
}

/** Rule 6: asks, waits, kills, and waits for the real end, as the specification says. Never throws. */
export async function terminate(
  running: Running<unknown>,
  shutdown: ChildSpec["shutdown"],
  reason: StopReason,
  clock: Clock,
): Promise<Ending> {
  const exited = exitOf(running);
  const errors: unknown[] = [];
  if (shutdown !== "brutal_kill") {
    collect(errors, () => running.stop(reason));
    const exit = shutdown === "infinity" ? await exited : await within(exited, shutdown, clock);
    if (exit) return { how: "stopped", exit, errors };
  }
  collect(errors, () => running.kill());
  const exit = await within(exited, LEAK_AFTER_MS, clock);
  return exit ? { how: "killed", exit, errors } : { how: "leaked", exit: { kind: "killed" }, errors };
}

async function within(exited: Promise<Exit>, ms: number, clock: Clock): Promise<Exit | undefined> {
  const late = Promise.withResolvers<undefined>();
  const cancel = clock.setTimer(ms, () => late.resolve(undefined));
  const exit = await Promise.race([exited, late.promise]);
  cancel();
  return exit;
}

/** A child that throws while it is being stopped must not keep its siblings from being stopped. */
function collect(errors: unknown[], act: () => void): void {
  try {
    act();
  } catch (error) {
    errors.push(error);
  }
}
