/**
 * Who answers what servers ask of us: the person in front of the program, and the model. The app implements it; what
 * reaches it is validated and bounded, but its texts are as the server wrote them.
 */
import type { JsonObject, Message } from "../../../lib/conversation.ts";
import type { LogLevel } from "../config.ts";
import type { Field, Value } from "./form.ts";

export interface Counterpart {
  /** Whether there is a person to ask: what a server is told that it may ask goes by that. */
  hasPerson(): boolean;
  /** Puts a question to the person. Rejects with the signal's reason when the question is not to be asked any more. */
  elicit(server: string, question: Question, signal: AbortSignal): Promise<Reply>;
  /**
   * Asks the model; calls `onAllowed` once it may, and nobody has to be asked about it any more. Throws Refusal with
   * what the server may know of why not, or the signal's reason.
   */
  sample(
    server: string,
    request: SampleRequest,
    signal: AbortSignal,
    onAllowed: () => void,
  ): Promise<SampleAnswer>;
  log(server: string, entry: LogEntry): void;
  /** The folders that the server is told of at this moment, absolute. */
  roots(server: string): readonly string[];
  /** Calls the listener when they have changed; the returned function ends that. */
  onRootsChange(server: string, listener: () => void): () => void;
  /** Tells the person something about a server, in one sentence that goes on from its name. */
  notice(server: string, text: string): void;
}

export type Question =
  | { mode: "form"; message: string; fields: readonly Field[] }
  /** The address is http or https. */
  | { mode: "url"; message: string; url: string };

/** `decline` says no; `cancel` says nothing, as when the question was closed. */
export type Reply =
  | { action: "accept"; content?: Readonly<Record<string, Value>> }
  | { action: "decline" }
  | { action: "cancel" };

export interface ToolOffer {
  name: string;
  description: string;
  inputSchema: JsonObject;
}

export interface SampleRequest {
  system?: string;
  messages: readonly Message[];
  /** The server's own tools: the model may ask for them, and the server runs them. */
  tools: readonly ToolOffer[];
  maxTokens: number;
  temperature?: number;
  stop?: readonly string[];
  /** Parts of names of models that the server would like, the best first. */
  hints: readonly string[];
}

export interface SampleAnswer {
  /** Which model answered, as `PROVIDER/MODEL`. */
  model: string;
  text: string;
  calls: readonly { id: string; name: string; arguments: JsonObject }[];
  stopReason: "end" | "tool_calls" | "max_tokens" | "other";
}

export interface LogEntry {
  level: LogLevel;
  /** The part of the server that it comes from. */
  logger?: string;
  text: string;
}

/** A request that is answered with no; the message is for the server. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
