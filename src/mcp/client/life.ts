/**
 * The life of one server as the supervision tree tells it: which state follows which event, and what a supervision
 * event means for it. Plain functions; the manager applies them.
 */
import type { Exit, Restart, SupervisionEvent } from "../../supervisor/spec.ts";
import { describeFailure, describeReason } from "./failure.ts";

export type Life =
  | { state: "starting"; since: number }
  | { state: "ready"; startMs: number }
  /** `since` the first crash after it was ready or begun; `reason` is that of the last one. */
  | { state: "restarting"; since: number; error: string; reason: string }
  | { state: "failed"; ms: number; error: string }
  | { state: "stopped" };

export type LifeEvent =
  | { type: "begun" }
  | { type: "ready" }
  | { type: "crashed"; error: unknown }
  | { type: "failed"; error: unknown }
  | { type: "ended" };

/** The state after an event at the monotonic time `now`. What comes after the end is ignored, but for a new start. */
export function nextLife(life: Life, event: LifeEvent, now: number): Life {
  if (event.type === "begun") return { state: "starting", since: now };
  if (life.state === "failed" || life.state === "stopped") return life;
  switch (event.type) {
    case "ready":
      return { state: "ready", startMs: elapsedMs(life, now) };
    case "crashed": {
      const since = life.state === "restarting" ? life.since : now;
      return {
        state: "restarting",
        since,
        error: describeFailure(event.error),
        reason: describeReason(event.error),
      };
    }
    case "failed":
      return { state: "failed", ms: elapsedMs(life, now), error: describeFailure(event.error) };
    case "ended":
      return { state: "stopped" };
  }
}

/** Milliseconds from the start, or from the crash, to ready or to the failure; so far, if neither has come. */
export function elapsedMs(life: Life, now: number): number {
  switch (life.state) {
    case "starting":
    case "restarting":
      return Math.round(now - life.since);
    case "ready":
      return life.startMs;
    case "failed":
      return life.ms;
    case "stopped":
      return 0;
  }
}

/** Reads the events of one server's supervisor; remembers why its children ended, which later events only name. */
export function createLifeReader(restart: Restart): (event: SupervisionEvent) => LifeEvent | undefined {
  const causes = new Map<string, unknown>();
  return (event) => {
    switch (event.type) {
      case "child_exited":
        causes.set(event.id, causeOf(event.exit));
        return unrestarted(restart, event.exit);
      case "start_failed":
        causes.set(event.id, event.error);
        return undefined;
      case "restart_scheduled":
        return { type: "crashed", error: causes.get(event.id) };
      case "intensity_exceeded":
        return { type: "failed", error: causes.get(event.id) };
      case "permanent_failure":
        return { type: "failed", error: event.error };
      case "supervisor_stopped":
        // Killed or crashed, it is started again by the supervisor above it.
        return event.exit.kind === "shutdown"
          ? { type: "ended" }
          : { type: "crashed", error: causeOf(event.exit) };
      default:
        return undefined;
    }
  };
}

/** The end of a child that its supervisor will not start again is the end of the server. */
function unrestarted(restart: Restart, exit: Exit): LifeEvent | undefined {
  if (restart === "permanent" || exit.kind === "shutdown") return undefined;
  if (exit.kind === "normal") return { type: "ended" };
  return restart === "temporary" ? { type: "failed", error: causeOf(exit) } : undefined;
}

function causeOf(exit: Exit): unknown {
  return exit.kind === "crash" ? exit.error : exit.kind === "normal" ? "exit 0" : exit.kind;
}
