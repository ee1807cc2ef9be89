/** What one supervisor is made of, every default settled. */
import type { Clock, Intensity, Listener, Strategy } from "./spec.ts";

export interface SupervisorSettings {
  path: string;
  strategy: Strategy;
  intensity: Intensity;
  /** Present for a dynamic supervisor: its children come and go, and stop in parallel. */
  dynamic?: { maxChildren: number };
  clock: Clock;
  random: () => number;
  listener: Listener;
}
