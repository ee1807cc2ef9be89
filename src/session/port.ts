/**
 * What the rest of mcpchat sees of stored conversations. Every method is a short transaction: it returns when the
 * data is in SQLite's log, and throws StoreError when it is not.
 */
import type { Block, JsonObject, Message, Usage } from "../lib/conversation.ts";

export type MessageStatus = "complete" | "partial" | "failed";

export interface StoredMessage extends Message {
  id: number;
  /** The message before it; null for the first. A session is a tree: a fork is another child of one message. */
  parentId: number | null;
  status: MessageStatus;
  createdAt: number;
  provider?: string;
  model?: string;
  usage?: Usage;
}

export interface SessionSummary {
  id: string;
  name?: string;
  /** The first line of the first question. */
  title: string;
  /** The system prompt that this session was given, if it has its own. */
  system?: string;
  createdAt: number;
  updatedAt: number;
  /** Of all branches. */
  messages: number;
}

export interface NewMessage extends Message {
  parentId: number | null;
  status: MessageStatus;
  provider?: string;
  model?: string;
  usage?: Usage;
}

export interface MessageChange {
  blocks: Message["blocks"];
  status: MessageStatus;
  usage?: Usage;
}

export interface ToolCallRecord {
  messageId: number | null;
  server: string;
  tool: string;
  arguments: string;
  ok: boolean;
  ms: number;
}

/** Which session: the one that has messages and was changed last, one by name, one by id or its beginning. */
export type SessionReference = { latest: true } | { name: string } | { id: string };

export interface Sessions {
  /** A name that is taken gives the session that has it: another process was first. */
  create(session: { name?: string; system?: string }): SessionSummary;
  /** Undefined when there is none. Throws UsageError when the beginning of an id fits several. */
  find(reference: SessionReference): SessionSummary | undefined;
  /** The latest first. */
  list(limit?: number): SessionSummary[];
  /** Throws UsageError when the name is taken. */
  change(id: string, change: { name?: string; system?: string }): void;
  /** With all its messages. False when there was none. */
  remove(id: string): boolean;
}

export interface Messages {
  /**
   * Adds a message and makes its branch the session's active one. `branched` says that it does not follow the
   * message that was last on disk, as when two processes write to one session: both branches are kept.
   */
  append(sessionId: string, message: NewMessage): { message: StoredMessage; branched: boolean };
  change(id: number, change: MessageChange): void;
  /** The branch that ends in `tip`, or the active one, the first message first. */
  branch(sessionId: string, tip?: number): StoredMessage[];
}

export interface ToolCalls {
  record(call: ToolCallRecord): void;
  ofSession(sessionId: string): ToolCallRecord[];
}

/** What a conversation comes to, from its first message to this one. */
export interface StoredSummary {
  messageId: number;
  text: string;
}

export interface Summaries {
  /** Throws StoreError, for a message that is not stored too. */
  put(summary: StoredSummary): void;
  /** Of all branches. */
  ofSession(sessionId: string): StoredSummary[];
}

/** A tool as a server described it. */
export interface StoredTool {
  name: string;
  description: string;
  inputSchema: JsonObject;
  outputSchema?: JsonObject;
  annotations: {
    readOnlyHint?: boolean;
    idempotentHint?: boolean;
    destructiveHint?: boolean;
    title?: string;
  };
}

export interface StoredToolList {
  tools: StoredTool[];
  /** Milliseconds since the Unix epoch. */
  fetchedAt: number;
  /** Why the server was not ready; there are no tools then. */
  problem?: string;
  /** How long it was waited for, in milliseconds. */
  waitedMs?: number;
  /** How the server wants to be used, in its own words. */
  instructions?: string;
  /** Names of tools that were set aside. */
  setAside?: string[];
}

/** Tool lists by a hash of the server's configuration. */
export interface ToolLists {
  get(key: string): StoredToolList | undefined;
  put(key: string, list: StoredToolList): void;
}

export type Verdict = "allow" | "deny";

/** A tool of one very program: another under the server's name is another. */
export interface DecidedTool {
  server: string;
  /** A hash of what the server runs. */
  serverKey: string;
  name: string;
}

/** What the user said for good about a tool: always, or never. */
export interface Decisions {
  get(tool: DecidedTool): Verdict | undefined;
  set(tool: DecidedTool, verdict: Verdict): void;
  /** What was allowed is to be asked again; what was denied stays denied. */
  withdraw(tools: readonly DecidedTool[]): void;
}

/** Which era of the protocol a server speaks, until when that is taken for granted. */
export interface StoredEra {
  era: JsonObject;
  /** Milliseconds since the Unix epoch. */
  until: number;
}

/** Eras by a hash of the server's configuration. */
export interface Eras {
  get(key: string): StoredEra | undefined;
  /** Undefined forgets it. */
  put(key: string, era: StoredEra | undefined): void;
}

/** Tools of one very program, as DecidedTool has them. */
export type ServerOfTools = Pick<DecidedTool, "server" | "serverKey">;

/** A tool as it was when it was first used, or accepted since. */
export interface Fingerprint {
  hash: string;
  description: StoredTool;
}

/** The tools that the user works with, as they were described then. */
export interface Fingerprints {
  of(server: ServerOfTools): Fingerprint[];
  /** Adds those that are not known yet, and returns all that are: another process may have been first with others. */
  add(server: ServerOfTools, tools: readonly Fingerprint[]): Fingerprint[];
  /** These are what the tools are from now on. */
  replace(server: ServerOfTools, tools: readonly Fingerprint[]): void;
}

export interface InputHistory {
  /** An entry that repeats the one before it is not added. */
  add(text: string): void;
  /** The last entries, the oldest of them first. */
  recent(limit: number): string[];
}

/** A request that a model answered. */
export interface SpendingEntry {
  /** Of which conversation, which may be removed by now; absent for one that was not kept. */
  sessionId?: string;
  provider: string;
  model: string;
  usage: Usage;
  /** Milliseconds since the Unix epoch. */
  at: number;
}

export interface Spending {
  record(entry: SpendingEntry): void;
  /** Of one session or of all, since a moment or ever; the first one first. */
  entries(filter: { sessionId?: string; since?: number }): SpendingEntry[];
}

export interface SupervisionRecord {
  path: string;
  child: string | null;
  type: string;
  detail: string | null;
}

export interface SupervisionEvents {
  record(event: SupervisionRecord): void;
  /** The last ones, the oldest of them first. */
  recent(limit: number): SupervisionRecord[];
}

/** What is kept beside conversations. */
export interface Keepsakes {
  readonly toolLists: ToolLists;
  readonly decisions: Decisions;
  readonly eras: Eras;
  readonly fingerprints: Fingerprints;
  readonly events: SupervisionEvents;
}

export interface Store {
  readonly sessions: Sessions;
  readonly messages: Messages;
  readonly toolCalls: ToolCalls;
  readonly summaries: Summaries;
  readonly kept: Keepsakes;
  readonly history: InputHistory;
  readonly spending: Spending;
}

/** Which conversation to open: an existing one, one by a name that may be new, or a new one. */
export type SessionSelection = SessionReference | { new: true; name?: string };

export interface SessionInfo {
  /** Absent until the first message: a session without one is not stored. */
  id?: string;
  name?: string;
  title: string;
  system?: string;
  /** False with `--no-save`: kept in memory only. */
  saved: boolean;
  /** Where the calls of this conversation are recorded. */
  toolCalls: ToolCalls;
  summaries: Summaries;
}

/** The current conversation, whichever incarnation of the service holds it. */
export interface Conversation {
  /**
   * Throws UsageError when there is no such session (a name that is not known begins a new one). With
   * `save: false` nothing is written, and an existing session is continued on a copy in memory.
   */
  open(selection: SessionSelection, options?: { save?: boolean }): SessionInfo;
  current(): SessionInfo;
  /** The active branch; answers that hold nothing are left out. */
  messages(): readonly StoredMessage[];
  /** On disk before it returns. Throws StoreError. */
  append(message: Message): StoredMessage;
  beginAnswer(by: { provider: string; model: string }): AnswerWriter;
  /** A new name or system prompt. Throws UsageError when the name is taken. */
  change(change: { name?: string; system?: string }): void;
}

/**
 * An answer as it streams. What it is given is on disk at most 250 ms later, with the status `partial`. A write that
 * fails is told through Notify and tried again; nothing here throws because of the store.
 */
export interface AnswerWriter {
  /** All blocks so far. */
  update(blocks: readonly Block[]): void;
  /** The whole answer; on disk when it returns. */
  complete(blocks: readonly Block[], usage?: Usage): void;
  /** What came before it failed or was stopped; on disk when it returns. Nothing is stored if nothing came. */
  fail(blocks: readonly Block[], usage?: Usage): void;
}
