/**
 * Who can be asked on behalf of servers at this moment: the person, where a chat is open, and the model of the
 * conversation. Whoever has one fills it in.
 */
import { Turnstile } from "../lib/turnstile.ts";
import type { Question, Reply, SampleRequest } from "../mcp/client/requests/counterpart.ts";
import type { ChosenModel } from "./model.ts";
import type { Spending } from "./spending.ts";

export type SamplingAnswer = "once" | "session" | "no";

/** A person at a terminal. Each method rejects with the signal's reason. */
export interface Person {
  elicit(server: string, question: Question, signal: AbortSignal): Promise<Reply>;
  /** Whether the server may put this to the model. */
  allowSampling(server: string, request: SampleRequest, signal: AbortSignal): Promise<SamplingAnswer>;
}

export interface Asking {
  /** Undefined where there is nobody to ask, as in a pipeline. */
  person?: Person;
  /** Whether there is a person, or will be in a moment: servers are told of that when they start. */
  attended: boolean;
  /** The model of the conversation; the configured one is asked when absent. */
  model?: ChosenModel;
  /** What the run or the chat spends: servers that ask its model spend of the same. */
  spending?: Spending;
  /** What a question has to wait for, in the middle of which it would be: `your next line`, `the answer`. */
  waitsFor?: string;
  /** Whoever asks the person anything goes through here: one question at a time. */
  readonly turnstile: Turnstile;
}

export function createAsking(): Asking {
  return { attended: false, turnstile: new Turnstile() };
}
