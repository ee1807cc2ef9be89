/** What a turn tells while it happens, and what it comes to. Reporters turn these into text, JSON or lines. */
import type { JsonObject, Usage } from "../lib/conversation.ts";
import type { UserError } from "../lib/errors.ts";
import type { StopReason } from "../llm/port.ts";

/** A request that the model answered, in part at least. */
export interface AnsweredRequest {
  provider: string;
  model: string;
  usage: Usage;
  /** Milliseconds since the Unix epoch. */
  at: number;
}

/** One model that answered in another's place. */
export interface Fallback {
  /** `PROVIDER/MODEL`. */
  from: string;
  to: string;
  reason: string;
}

export interface ToolRecord {
  server: string;
  name: string;
  arguments: JsonObject;
  ok: boolean;
  ms: number;
}

export type TurnEvent =
  | { type: "request"; number: number; provider: string; model: string }
  | { type: "text"; text: string }
  | { type: "thinking"; text: string }
  /** What is waited for, while it is: a model that is being loaded. `fraction` goes from 0 to 1. */
  | { type: "progress"; text: string; fraction?: number }
  /** One line that the user has to know of. */
  | { type: "notice"; text: string }
  | { type: "retry"; attempt: number; delayMs: number; reason: string }
  /** The model that was asked is away: another answers from here on. */
  | { type: "fallback"; from: string; provider: string; model: string; reason: string }
  | { type: "tool_call"; id: string; server: string; name: string; arguments: JsonObject }
  /** The model called a tool that there is not, or with arguments that cannot be read. */
  | { type: "tool_invalid"; id: string; name: string; reason: string }
  | { type: "tool_denied"; id: string; server: string; name: string; reason: string }
  | {
      type: "tool_progress";
      id: string;
      server: string;
      name: string;
      progress: number;
      total?: number;
      message?: string;
    }
  | {
      type: "tool_result";
      id: string;
      server: string;
      name: string;
      ok: boolean;
      ms: number;
      content: string;
    }
  | { type: "usage"; usage: Usage };

/** Reporters may be slow (a full pipe): the turn waits for them, so that nothing piles up in memory. */
export type TurnSink = (event: TurnEvent) => void | Promise<void>;

export interface TurnResult {
  /** Everything the model said in this turn; several answers are parted by a blank line. */
  text: string;
  /** What an answer said before it broke off, where this turn went on with it. */
  before?: string;
  stopReason: StopReason | "error" | "limit" | "interrupted";
  usage: Usage;
  requests: AnsweredRequest[];
  /** Who was asked last, where anybody was. */
  by?: { provider: string; model: string };
  /** Absent where there were none. */
  fallbacks?: Fallback[];
  /** Milliseconds from the start of the turn to the first text; absent when there was none. */
  ttftMs?: number;
  durationMs: number;
  tools: ToolRecord[];
  denied: number;
  error?: UserError;
}
