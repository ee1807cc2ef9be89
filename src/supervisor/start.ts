/** How supervisors come to be: as the root of a tree, or as the child of another. */
import type { ChildSpec, Clock, Intensity, Listener, Restart, Strategy } from "./spec.ts";
import { Supervisor } from "./supervisor.ts";
import { validateChildren, validateIntensity, validateStrategy } from "./validate.ts";

export interface SupervisorOptions {
  strategy?: Strategy;
  /** Default: 3 restarts in 5 seconds, as in OTP's successors. */
  intensity?: Intensity;
  children?: readonly ChildSpec[];
  /** Makes it a dynamic supervisor: one_for_one, children by `startChild`, parallel shutdown. */
  dynamic?: { maxChildren?: number };
  clock?: Clock;
  random?: () => number;
  listener?: Listener;
}

const DEFAULT_INTENSITY: Intensity = { maxRestarts: 3, maxSeconds: 5 };

const realClock: Clock = {
  now: () => performance.now(),
  setTimer(delayMs, callback) {
    // setTimeout fires at once above 2^31 - 1 ms.
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/**
 * Starts a supervisor and its children; resolves when all are ready. Throws SupervisorError `bad_spec`, or
 * `start_failed` with the cause after what had started was stopped again.
 */
export async function startSupervisor(
  path: string,
  options: SupervisorOptions,
  abandoned?: AbortSignal,
): Promise<Supervisor> {
  const { children = [], intensity = DEFAULT_INTENSITY, strategy = "one_for_one", dynamic } = options;
  validateStrategy(strategy, dynamic);
  validateIntensity(intensity);
  validateChildren(children, intensity);
  const supervisor = new Supervisor({
    path,
    intensity,
    strategy,
    clock: options.clock ?? realClock,
    random: options.random ?? Math.random,
    listener: options.listener ?? (() => {}),
    ...(dynamic && { dynamic: { maxChildren: dynamic.maxChildren ?? Number.POSITIVE_INFINITY } }),
  });
  await supervisor.startAll(children, abandoned);
  return supervisor;
}

/**
 * A supervisor as a child of another one. Checked now, so that a bad tree is refused where it is written down.
 */
export function supervisorSpec(
  id: string,
  options: SupervisorOptions,
  restart: Restart = "permanent",
): ChildSpec<Supervisor> {
  const { children = [], intensity = DEFAULT_INTENSITY, strategy = "one_for_one", dynamic } = options;
  validateStrategy(strategy, dynamic);
  validateIntensity(intensity);
  validateChildren(children, intensity);
  return {
    id,
    restart,
    type: "supervisor",
    shutdown: "infinity",
    start: ({ path, signal }) => startSupervisor(path, options, signal),
  };
}
