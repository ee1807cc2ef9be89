/** What a turn is run with. */
import type { JsonObject } from "../lib/conversation.ts";
import type { Effort, ModelRequest, Provider, Sampling } from "../llm/port.ts";
import type { AnsweredRequest, TurnSink } from "./events.ts";
import type { Conversation } from "./ports.ts";
import type { Toolbox } from "./toolbox.ts";

export interface TurnOptions {
  /** `model` of it is the one that answers the next request, where another may have taken over. */
  provider: Provider & { readonly model?: string };
  model: string;
  /** Asked for at each step, as the service that holds it may have been restarted. */
  conversation: () => Promise<Conversation>;
  toolbox?: Toolbox;
  sink: TurnSink;
  /** Aborted with an InterruptedError by the user, or with a LimitError by the total time limit. */
  signal: AbortSignal;
  system?: string;
  maxTokens?: number;
  temperature?: number;
  sampling?: Sampling;
  stop?: readonly string[];
  /** The answer is to be JSON of this schema; the provider makes sure of it. */
  schema?: JsonObject;
  /** For a provider that keeps what it has read of the conversation; asked for before each request. */
  state?: () => Promise<ModelRequest["conversation"]>;
  /** Requests that one turn may make. */
  maxRequests: number;
  effort?: Effort;
  /** Told of each request that was answered, before anything else is done. */
  onAnswered?: (request: AnsweredRequest) => void;
  /** Milliseconds since the Unix epoch. */
  wall?: () => number;
}
