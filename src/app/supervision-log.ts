/** What happens in the tree, as the log, the store and `-o ndjson` tell it. Pure. */
import { describeError } from "../lib/errors.ts";
import { ProcessCrash } from "../process/errors.ts";
import type { SupervisionEvent } from "../supervisor/spec.ts";

export type EventLevel = "debug" | "info" | "warn" | "error";

export interface SupervisionEntry {
  type: string;
  path: string;
  child: string | null;
  detail: string | null;
}

/** How much an event matters: starts and orderly ends are for those who look for something. */
export function levelOf(event: SupervisionEvent): EventLevel {
  switch (event.type) {
    case "child_started":
      return event.attempt === 0 ? "debug" : "info";
    case "child_exited":
      return event.exit.kind === "crash" || event.exit.kind === "killed" ? "warn" : "debug";
    case "child_stopped":
    case "supervisor_stopped":
      return "debug";
    case "restart_scheduled":
      return "info";
    case "start_failed":
    case "stop_failed":
    case "child_killed":
      return "warn";
    case "child_leaked":
    case "intensity_exceeded":
    case "permanent_failure":
      return "error";
  }
}

export function entryOf(event: SupervisionEvent): SupervisionEntry {
  const { type, path } = event;
  return { type, path, child: "id" in event ? event.id : null, detail: detailOf(event) };
}

/** Of a process its last words, and what it used: whether it was the memory is the first that one wants to know. */
function crashWords(error: unknown): string {
  if (!(error instanceof ProcessCrash)) return describeError(error);
  const { used, lastWords } = error;
  const resources =
    used &&
    `${(used.cpuMs / 1000).toFixed(2)} s of processor time, at most ${mebibytes(used.mostMemoryBytes)} MiB`;
  return [describeError(error), lastWords.at(-1), resources].filter(Boolean).join("; ");
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

function detailOf(event: SupervisionEvent): string | null {
  switch (event.type) {
    case "child_started":
      return event.attempt === 0 ? null : `attempt ${event.attempt}`;
    case "child_exited":
    case "supervisor_stopped":
      return event.exit.kind === "crash" ? `crash: ${crashWords(event.exit.error)}` : event.exit.kind;
    case "restart_scheduled":
      return `in ${event.delayMs} ms`;
    case "start_failed":
    case "stop_failed":
    case "permanent_failure":
      return describeError(event.error);
    default:
      return null;
  }
}
