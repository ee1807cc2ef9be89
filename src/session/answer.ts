/**
 * Writes an answer behind the stream that brings it: at once at first, then at most every 250 ms, then its end.
 */
import type { Clock } from "../lib/clock.ts";
import type { Block } from "../lib/conversation.ts";
import { describeError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { StoreError } from "./errors.ts";
import type { AnswerWriter, MessageChange, Store, StoredMessage } from "./port.ts";

/** The promise to the user: at most this much of an answer is lost. */
const WRITE_INTERVAL_MS = 250;

export interface AnswerPlace {
  /** Asked at each write, as the store may have been restarted. */
  store: () => Store;
  sessionId: string;
  parentId: number | null;
  provider: string;
  model: string;
}

export interface AnswerOptions extends AnswerPlace {
  clock: Clock;
  notify: Notify;
  /** Told of each state that is on disk. */
  onStored: (message: StoredMessage) => void;
  /** There is nothing left to write. */
  onSettled: () => void;
}

export class Answer implements AnswerWriter {
  readonly #options: AnswerOptions;
  #stored: StoredMessage | undefined;
  /** What is to be written; undefined when all is on disk. */
  #pending: MessageChange | undefined;
  #ended = false;
  #nextWriteAt = 0;
  #cancelTimer: (() => void) | undefined;
  #told = false;

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#nextWriteAt = options.clock.now();
  }

  update(blocks: readonly Block[]): void {
    if (this.#ended || blocks.length === 0) return;
    this.#pending = { blocks: [...blocks], status: "partial" };
    const delay = this.#nextWriteAt - this.#options.clock.now();
    if (delay <= 0) this.flush();
    else this.#schedule(delay);
  }

  complete(blocks: readonly Block[], usage?: MessageChange["usage"]): void {
    this.#end({ blocks: [...blocks], status: "complete", ...(usage ? { usage } : {}) });
  }

  fail(blocks: readonly Block[]): void {
    if (blocks.length === 0 && !this.#stored && !this.#pending) {
      this.#ended = true;
      this.#options.onSettled();
      return;
    }
    this.#end({ blocks: [...blocks], status: blocks.length > 0 ? "partial" : "failed" });
  }

  /** Writes what is pending now. A failure is told once and tried again later. */
  flush(): void {
    this.pause();
    if (!this.#pending) return;
    this.#nextWriteAt = this.#options.clock.now() + WRITE_INTERVAL_MS;
    try {
      this.#stored = this.#write(this.#pending);
      this.#pending = undefined;
      this.#told = false;
      this.#options.onStored(this.#stored);
      if (this.#ended) this.#options.onSettled();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Stops the timer and keeps what is pending, until `flush` or the next call. */
  pause(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #end(change: MessageChange): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pending = change;
    this.flush();
  }

  #write(change: MessageChange): StoredMessage {
    const { store, sessionId, parentId, provider, model } = this.#options;
    if (this.#stored) {
      store().messages.change(this.#stored.id, change);
      return { ...this.#stored, ...change };
    }
    const message = { role: "assistant", parentId, provider, model, ...change } as const;
    return store().messages.append(sessionId, message).message;
  }

  #failed(error: unknown): void {
    const hopeless = error instanceof StoreError && error.problem === "removed";
    if (!this.#told) {
      const then = hopeless ? "" : "; it is tried again";
      this.#options.notify("error", `the answer could not be saved: ${describeError(error)}${then}`);
      this.#told = true;
    }
    if (!hopeless) {
      this.#schedule(WRITE_INTERVAL_MS);
      return;
    }
    this.#ended = true;
    this.#pending = undefined;
    this.#options.onSettled();
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer ??= this.#options.clock.setTimer(delayMs, () => {
      this.#cancelTimer = undefined;
      this.flush();
    });
  }
}
