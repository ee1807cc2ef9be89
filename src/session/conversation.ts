/**
 * The current conversation over the store. What says which one it is, the Memory, outlives this object: another over
 * the same Memory goes on where this one was.
 */
import type { Clock } from "../lib/clock.ts";
import type { Message } from "../lib/conversation.ts";
import type { Notify } from "../lib/notice.ts";
import { Answer } from "./answer.ts";
import { IN_MEMORY } from "./database.ts";
import { patiently } from "./patience.ts";
import type {
  AnswerWriter,
  Conversation,
  SessionInfo,
  SessionSelection,
  Store,
  StoredMessage,
} from "./port.ts";
import { assertNameFree, copySession, selectSession } from "./selection.ts";
import { openStore } from "./store.ts";

/** Where a conversation is: a session is stored with its first message; until then it is what it is to be. */
export type Place =
  | { kind: "stored"; sessionId: string; tip: number | null }
  | { kind: "draft"; name?: string; system?: string };

/** Which conversation is current, and what of it is not on disk yet. */
export interface Memory {
  place: Place;
  /** The store of a conversation that is not to be saved. */
  unsaved: Store | undefined;
  /** Answers that are not wholly on disk. */
  answers: Set<Answer>;
  branchTold: boolean;
  current: LiveConversation | undefined;
}

export function newMemory(): Memory {
  return {
    place: { kind: "draft" },
    unsaved: undefined,
    answers: new Set(),
    branchTold: false,
    current: undefined,
  };
}

export interface ConversationOptions {
  /** The store's present handle. */
  store: () => Store;
  notify: Notify;
  clock: Clock;
}

export class LiveConversation implements Conversation {
  readonly #options: ConversationOptions;
  readonly #memory: Memory;
  #messages: StoredMessage[] = [];

  /** Loads what the memory names, and takes its place there. Throws StoreError. */
  constructor(options: ConversationOptions, memory: Memory) {
    this.#options = options;
    this.#memory = memory;
    const { place } = memory;
    if (place.kind === "stored" && place.tip !== null) {
      this.#messages = this.#store().messages.branch(place.sessionId, place.tip);
    }
    memory.current = this;
  }

  open(selection: SessionSelection, { save = true }: { save?: boolean } = {}): SessionInfo {
    this.#assertCurrent();
    const { found, draft } = selectSession(this.#options.store, selection);
    const unsaved = save ? undefined : openStore(IN_MEMORY, this.#options.clock);
    const copied = found && unsaved ? copySession(this.#options.store(), found, unsaved) : found;
    const messages = copied ? (unsaved ?? this.#options.store()).messages.branch(copied.id) : [];
    this.#memory.unsaved = unsaved;
    this.#memory.branchTold = false;
    this.#memory.place = copied
      ? { kind: "stored", sessionId: copied.id, tip: messages.at(-1)?.id ?? null }
      : { kind: "draft", ...draft };
    this.#messages = messages;
    return this.current();
  }

  current(): SessionInfo {
    this.#assertCurrent();
    const { place, unsaved } = this.#memory;
    const store = this.#store();
    const session =
      place.kind === "stored" ? store.sessions.find({ id: place.sessionId }) : { ...place, title: "" };
    return {
      title: session?.title ?? "",
      saved: unsaved === undefined,
      toolCalls: store.toolCalls,
      summaries: store.summaries,
      ...(place.kind === "stored" ? { id: place.sessionId } : {}),
      ...(session?.name === undefined ? {} : { name: session.name }),
      ...(session?.system === undefined ? {} : { system: session.system }),
    };
  }

  messages(): readonly StoredMessage[] {
    this.#assertCurrent();
    return this.#messages.filter((message) => message.blocks.length > 0);
  }

  append(message: Message): StoredMessage {
    this.#assertCurrent();
    const { sessionId, tip } = this.#storedPlace();
    const complete = { ...message, parentId: tip, status: "complete" } as const;
    const added = patiently(() => this.#store().messages.append(sessionId, complete));
    if (added.branched) this.#tellBranch();
    noteMessage(this.#memory, sessionId, added.message);
    return added.message;
  }

  beginAnswer(by: { provider: string; model: string }): AnswerWriter {
    this.#assertCurrent();
    const { sessionId, tip } = this.#storedPlace();
    const memory = this.#memory;
    const { unsaved } = memory;
    const answer: Answer = new Answer({
      ...by,
      sessionId,
      parentId: tip,
      store: unsaved ? () => unsaved : this.#options.store,
      clock: this.#options.clock,
      notify: this.#options.notify,
      // Through the memory: another incarnation than this may be current by then.
      onStored: (message) => noteMessage(memory, sessionId, message),
      onSettled: () => memory.answers.delete(answer),
    });
    memory.answers.add(answer);
    return answer;
  }

  change(change: { name?: string; system?: string }): void {
    this.#assertCurrent();
    const { place } = this.#memory;
    if (place.kind === "stored") {
      this.#store().sessions.change(place.sessionId, change);
      return;
    }
    if (change.name !== undefined) assertNameFree(this.#store(), change.name);
    this.#memory.place = { ...place, ...change };
  }

  /** Takes in a message of this conversation that is on disk: a new state of one it has, or the next one. */
  take(message: StoredMessage): void {
    const index = this.#messages.findLastIndex((known) => known.id === message.id);
    if (index >= 0) this.#messages[index] = message;
    else if ((this.#messages.at(-1)?.id ?? null) === message.parentId) this.#messages.push(message);
  }

  /** Where the session is stored; it begins now if it has not. */
  #storedPlace(): { sessionId: string; tip: number | null } {
    const { place } = this.#memory;
    if (place.kind === "stored") return place;
    const { kind: _, ...draft } = place;
    const { id } = patiently(() => this.#store().sessions.create(draft));
    const stored = { kind: "stored", sessionId: id, tip: null } as const;
    this.#memory.place = stored;
    return stored;
  }

  #store(): Store {
    return this.#memory.unsaved ?? this.#options.store();
  }

  #tellBranch(): void {
    if (this.#memory.branchTold) return;
    this.#memory.branchTold = true;
    const what = "another mcpchat writes to this session too";
    this.#options.notify("warn", `${what}; both branches are kept, the one written last is resumed`);
  }

  /** A handle of an incarnation that has ended must not write beside the present one. */
  #assertCurrent(): void {
    if (this.#memory.current === this) return;
    throw new Error("the session service was restarted: its handle is to be asked for again");
  }
}

/** An answer that another message has overtaken is a branch of its own, and does not move the tip. */
function noteMessage(memory: Memory, sessionId: string, message: StoredMessage): void {
  const { place } = memory;
  if (place.kind !== "stored" || place.sessionId !== sessionId) return;
  if (message.parentId === place.tip) memory.place = { ...place, tip: message.id };
  memory.current?.take(message);
}
