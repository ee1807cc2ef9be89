/** The forms in which a run tells what it does; one of them is chosen by `--output`. */
import type { JsonValue } from "../../lib/conversation.ts";
import type { UserError } from "../../lib/errors.ts";
import type { Notify } from "../../lib/notice.ts";
import type { ServerStatus } from "../../mcp/client/port.ts";
import type { TurnResult, TurnSink } from "../events.ts";

export type OutputForm = "text" | "json" | "ndjson";

/** What is known of a run when it ends; a run that failed early knows little. */
export interface RunSummary {
  session?: string;
  provider?: string;
  model?: string;
  result?: TurnResult;
  /** What the answer says, where a schema was given and the answer is of it. */
  data?: JsonValue;
  /** What all its requests cost, in US dollars; absent when the price of one is not known. */
  costUsd?: number;
  servers: ServerStatus[];
  durationMs: number;
  error?: UserError;
}

export interface Reporter {
  event: TurnSink;
  notice: Notify;
  /** What happens in the supervision tree, where somebody reads events. */
  supervision?(entry: object): void;
  /** Tells how it ended, the error if there is one included. */
  finish(summary: RunSummary): Promise<void>;
}

/** Where a reporter writes: stdout, in order, waiting while it is full. */
export type Write = (text: string) => Promise<void>;

/** Makes a text that comes in pieces harmless; with `--raw` it lets everything pass. */
export interface Cleaner {
  write(text: string): string;
  /** What was held back at the end. */
  end(): string;
}

/** Makes a whole text harmless. */
export type Clean = (text: string) => string;
