/**
 * What goes over the IPC channel between mcpchat and its inference process: plain JSON, one message a line. Both ends
 * are the same executable, so that there are no versions to agree on.
 */
import type {
  Acceleration,
  BenchRow,
  GenerateEvent,
  GenerateRequest,
  LoadedModel,
  LoadOptions,
  ModelInfo,
} from "./port.ts";
import type { ModelProblem } from "./problem.ts";

/** The first argument that makes the executable an inference process. */
export const HOST_ARGUMENT = "__inference";

/** What the process is told with its environment, as JSON in this variable. */
export const HOST_SETTINGS_VARIABLE = "MCPCHAT_INFERENCE";

export interface HostSettings {
  /** Where the native libraries are unpacked. */
  cacheFolder: string;
  acceleration: "auto" | "none";
}

/** Each operation, with what it is given and what it comes to. */
export interface Operations {
  load: { given: { path: string; options: LoadOptions }; result: LoadedModel };
  unload: { given: { path: string }; result: boolean };
  info: { given: { path: string; options: LoadOptions }; result: ModelInfo };
  acceleration: { given: Record<never, never>; result: Acceleration };
  /** Its rows come as news. The model has been loaded. */
  bench: { given: { path: string; options: LoadOptions }; result: BenchRow[] };
  /** Its events come as news, but for `done` and `failed`, which are its result. The model has been loaded. */
  generate: { given: { request: GenerateRequest }; result: GenerateEvent & { type: "done" | "failed" } };
  /** Writes what was evaluated of each conversation that has a file. */
  keep: { given: Record<never, never>; result: boolean };
}
export type Operation = keyof Operations;

export type ToHost =
  | { [Name in Operation]: { type: Name; id: number } & Operations[Name]["given"] }[Operation]
  /** Ends the operation of this number, which still answers. */
  | { type: "cancel"; id: number };

export type News =
  | { type: "loading"; fraction: number }
  | { type: "row"; row: BenchRow }
  | { type: "event"; event: GenerateEvent };

export type FromHost =
  /** Sent once, when operations are taken. */
  | { type: "ready" }
  | { type: "news"; id: number; news: News }
  /** Sent every second while the operation goes on. */
  | { type: "alive"; id: number }
  | { type: "result"; id: number; value: unknown }
  | { type: "problem"; id: number; problem: ModelProblem };
