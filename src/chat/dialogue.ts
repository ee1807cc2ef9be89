/** What the loop of a chat needs of the rest: turns, the conversation, the model, the servers. */
import type { Message } from "../lib/conversation.ts";
import type { McpHost } from "../mcp/client/port.ts";
import type { Acceleration, LoadedModel } from "../models/port.ts";
import type { TurnResult, TurnSink } from "./events.ts";
import type { Floor } from "./floor.ts";
import type { ProgressLine } from "./report/progress.ts";

export interface Dialogue {
  /** Runs a turn for what the user typed; without a text it goes on with what broke off. Throws UserError. */
  turn(text: string | undefined, sink: TurnSink, signal: AbortSignal): Promise<TurnResult>;
  readonly model: ModelChoice;
  readonly ownModels: OwnModels;
  readonly conversation: ConversationChoice;
  readonly servers: McpHost | undefined;
  /** The supervision tree as lines. */
  tree(): string;
  /** What an alias stands for; undefined when there is none of that name. Throws UsageError. */
  expand(name: string, line: string): Promise<string | undefined>;
}

export interface ModelChoice {
  /** `PROVIDER/MODEL`. */
  name(): string;
  /** Throws ConfigurationError. */
  use(name: string): Promise<void>;
}

/** The models that run inside this executable. All throw UserError. */
export interface OwnModels {
  /** By its name in the models folder, or its file. `onProgress` is told from 0 to 1. */
  load(name: string, onProgress: (fraction: number) => void, signal: AbortSignal): Promise<LoadedModel>;
  /** All of them without a name; returns the files of those that were loaded. */
  unload(name: string | undefined): Promise<readonly string[]>;
  loaded(): Promise<readonly LoadedModel[]>;
  acceleration(signal: AbortSignal): Promise<Acceleration>;
}

export interface ConversationChoice {
  /** Begins a new conversation. Throws UsageError when the name is taken. */
  begin(name?: string): Promise<void>;
  messages(): Promise<readonly Message[]>;
  system(): Promise<string | undefined>;
  setSystem(text: string): Promise<void>;
  /** What the last turn lacks: the rest of its answer, or all of it; undefined when it is whole. */
  lacks(): Promise<"rest" | "answer" | undefined>;
  /** What it cost so far, as lines. */
  cost(): Promise<readonly string[]>;
  /** What would be sent now, and its size, as lines. */
  context(): Promise<readonly string[]>;
}

/** The terminal as the loop sees it. */
export interface Surface {
  read(prompt: string, signal: AbortSignal): Promise<{ kind: "line"; text: string } | { kind: "end" }>;
  /** Writes whole lines, above the prompt if there is one. */
  print(text: string): void;
  readonly progress: ProgressLine;
  /** Who may speak to the person, or write over what they read. */
  readonly floor: Floor;
  /** Calls the handler when Ctrl-C is pressed during an answer; the returned function ends that. */
  onInterrupt(handler: () => void): () => void;
}
