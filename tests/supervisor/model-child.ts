/** A child of the reference model. */
import type { Backoff, ChildSpec, ChildState, HealthProbe } from "../../src/supervisor/spec.ts";
import type { Process } from "./model-processes.ts";

export interface ModelChild extends Pick<ChildSpec, "id" | "restart"> {
  shutdown: number | "brutal_kill";
  startTimeout?: number;
  backoff?: Backoff;
  health?: Omit<HealthProbe<unknown>, "check">;
}

export interface ModelRecord extends ModelChild {
  state: ChildState;
  restarts: number;
  /** Restarts since it last ran stably. */
  step: number;
  process?: Process;
  startedAt: number;
  /** The restart that it waits for, with its time; any other one is an old story. */
  retry?: { at: number };
}
