/**
 * The port between the chat loop and any model. Failure is an event of the stream, never a throw: after the first
 * event a consumer always sees exactly one terminal event (`done` or `failed`).
 */
import type { CallExtra, JsonObject, Message, Usage } from "../lib/conversation.ts";
import type { ProviderError } from "./errors.ts";

export interface ToolDefinition {
  /** At most 64 characters of [a-zA-Z0-9_-], as the providers demand. */
  name: string;
  description: string;
  inputSchema: JsonObject;
}

/** How the next token is chosen, beside the temperature. */
export interface Sampling {
  seed?: number;
  /** From 0 to 1: only the likeliest tokens that together have this probability. */
  topP?: number;
  /** Only so many of the likeliest tokens. */
  topK?: number;
  /** From 0 to 1: only tokens that are at least this likely, in proportion to the likeliest. */
  minP?: number;
}

/** How long a model is to think before it answers; its provider's own choice when absent. */
export type Effort = "off" | "low" | "medium" | "high";

export interface ModelRequest {
  model: string;
  system?: string;
  messages: readonly Message[];
  tools: readonly ToolDefinition[];
  maxTokens?: number;
  temperature?: number;
  sampling?: Sampling;
  /** Texts that end the answer; they are not part of it. */
  stop?: readonly string[];
  /**
   * The answer has to be JSON of this schema. A provider that cannot make sure of it asks for it in words; whether the
   * answer is of the schema is checked by who asked.
   */
  schema?: JsonObject;
  effort?: Effort;
  /** Which conversation this belongs to, for who keeps what it has read of it; `file` is where, between runs. */
  conversation?: { id: string; file?: string };
}

export type StopReason = "end" | "tool_calls" | "max_tokens" | "refusal" | "other";

export type ModelEvent =
  | { type: "text"; text: string }
  /** A piece of a thought; `signature` comes with its last piece, and ends it. */
  | { type: "thinking"; text: string; signature?: string }
  | { type: "tool_call_start"; id: string; name: string }
  | { type: "tool_call_arguments"; id: string; delta: string }
  /** `invalidArguments` is what the model wrote when it was not a JSON object; `arguments` is empty then. */
  | {
      type: "tool_call";
      id: string;
      name: string;
      arguments: JsonObject;
      invalidArguments?: string;
      extra?: CallExtra;
    }
  /** At most once, at the end, in total for the answer; also before `failed` if anything is known. */
  | { type: "usage"; usage: Usage }
  /** A model is being loaded: shown, never stored. `fraction` goes from 0 to 1. */
  | { type: "progress"; text: string; fraction?: number }
  /** One line that the user has to know of, such as a setting that this provider does not take. */
  | { type: "notice"; text: string }
  /** The guard waits and tries again; shown to the user, so that no wait is silent. */
  | { type: "retry"; attempt: number; delayMs: number; error: ProviderError }
  /** Nothing was shown yet, and `provider` gave up for that reason: from here on another model answers. */
  | { type: "fallback"; provider: string; model: string; error: ProviderError }
  | { type: "done"; stopReason: StopReason }
  | { type: "failed"; error: ProviderError };

export interface Provider {
  /** The name before the slash in `PROVIDER/MODEL`. */
  readonly name: string;
  /**
   * Asks the model. `alive` is called at each sign of life of the far end that yields no event (headers, bytes,
   * pings), for who guards against silence.
   */
  stream(request: ModelRequest, signal: AbortSignal, alive?: () => void): AsyncIterable<ModelEvent>;
}
