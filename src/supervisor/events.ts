/** Rule 11: events are told at once and in order, and a listener that throws harms nobody. */
import { runAsBystander } from "./ancestry.ts";
import type { Clock, Listener, SupervisionEvent } from "./spec.ts";

/** An event without what every event of one supervisor shares: its path and the time. */
export type Happening = SupervisionEvent extends infer E
  ? E extends unknown
    ? Omit<E, "path" | "at">
    : never
  : never;

export function emitter(path: string, clock: Clock, listener: Listener): (happening: Happening) => void {
  return (happening) => {
    try {
      // The spread distributes over the union, which the compiler cannot see.
      runAsBystander(() => listener({ ...happening, path, at: clock.now() } as SupervisionEvent));
    } catch {
      // A listener is a bystander: its fault must not become the supervisor's.
    }
  };
}
