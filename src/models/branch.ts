/**
 * Models as a branch of the supervision tree: the loader, then the inference process, rest_for_one. A process that ends
 * leaves the loader with those who wait, who get its successor; a loader that ends takes the process with it, so that
 * none ever meets a process whose models it does not know.
 *
 * The branch is transient: one that gives up ends as if it had been asked to, which ends nobody else, and is started
 * anew for the next who needs it.
 */
import { systemClock } from "../lib/clock.ts";
import type { Notify } from "../lib/notice.ts";
import { Slot } from "../lib/slot.ts";
import type { ChildSpec, Listener } from "../supervisor/spec.ts";
import { supervisorSpec } from "../supervisor/start.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { type Host, type HostEnd, type HostSurroundings, hostSpec } from "./host-child.ts";
import { HostLives } from "./lives.ts";
import { Loader, type LoaderMemory } from "./loader.ts";
import type { ModelProblem } from "./problem.ts";
import { emptyResidency } from "./residency/residency.ts";

export interface BranchOptions extends Omit<HostSurroundings, "observer"> {
  notify: Notify;
  /** Hears every supervision event of the branch. */
  listener?: Listener;
  random?: () => number;
}

export interface Branch {
  spec: ChildSpec<Supervisor>;
  loader: Slot<Loader>;
  setIdleTime(idleMs: number): void;
  /** Why the supervisor has given up; undefined when it has not, or was started anew. */
  gaveUp(): ModelProblem | undefined;
}

/** In-process work that only has to let go of its callers. */
const LOADER_SHUTDOWN_MS = 1000;

export interface BranchObserver {
  onGaveUp(problem: ModelProblem): void;
  /** The process has ended, with so many models in its memory. */
  onHostEnd(end: HostEnd, models: number): void;
}

/** Describes the branch; nothing runs before its specification is started. */
export function createBranch(options: BranchOptions, { onGaveUp, onHostEnd }: BranchObserver): Branch {
  const { notify, listener = () => {}, random, intensity, clock = systemClock } = options;
  const memory: LoaderMemory = { residency: emptyResidency(0) };
  const slot = new Slot<Loader>(clock);
  const lives = new HostLives(notify, clock);
  let gaveUp: ModelProblem | undefined;
  const loader: ChildSpec<Loader> = {
    id: "loader",
    type: "worker",
    restart: "permanent",
    shutdown: LOADER_SHUTDOWN_MS,
    async start() {
      gaveUp = undefined;
      const running = new Loader(memory, notify, clock);
      slot.put(running);
      return running;
    },
  };
  const host: ChildSpec<Host> = hostSpec({
    ...options,
    observer: {
      up(link) {
        lives.up();
        slot.current?.hostUp(link);
      },
      down(link, end) {
        lives.down(end, link.isBusy);
        onHostEnd(end, slot.current?.loaded().length ?? 0);
        slot.current?.hostDown(link, end);
      },
      loaded: () => slot.current?.loaded() ?? [],
    },
  });
  const hear: Listener = (event) => {
    listener(event);
    if (event.type === "intensity_exceeded" || event.type === "permanent_failure") {
      gaveUp = lives.tooOften();
      onGaveUp(gaveUp);
    }
    if (event.type === "supervisor_stopped") lives.rest();
  };
  const shared = { intensity, clock, ...(random && { random }) };
  const supervision = {
    ...shared,
    strategy: "rest_for_one",
    children: [loader, host],
    listener: hear,
  } as const;
  return {
    spec: supervisorSpec("models", supervision, "transient"),
    loader: slot,
    gaveUp: () => gaveUp,
    setIdleTime(idleMs) {
      memory.residency = { ...memory.residency, idleMs };
      slot.current?.setIdleTime(idleMs);
    },
  };
}
