/**
 * Writes an answer behind the stream that brings it: at once at first, then at most every 250 ms, then its end.
 */
import type { Clock } from "../lib/clock.ts";
import type { Block } from "../lib/conversation.ts";
import { describeError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { StoreError } from "./errors.ts";
import { isBusy, patiently } from "./patience.ts";
import type { AnswerWriter, MessageChange, Store, StoredMessage } from "./port.ts";

/** The promise to the user: at most this much of an answer is lost. */
const WRITE_INTERVAL_MS = 250;
/** While another process keeps the database locked, a try holds up everything else: most of the time is for that. */
const BUSY_INTERVAL_MS = 1000;

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
    if (delay <= 0) this.#writePending(1);
    else this.#schedule(delay);
  }

  complete(blocks: readonly Block[], usage?: MessageChange["usage"]): void {
    this.#end({ blocks: [...blocks], status: "complete", ...(usage ? { usage } : {}) });
  }

  fail(blocks: readonly Block[], usage?: MessageChange["usage"]): void {
    if (blocks.length === 0 && !this.#stored && !this.#pending) {
      this.#ended = true;
      this.#options.onSettled();
      return;
    }
    const status = blocks.length > 0 ? "partial" : "failed";
    this.#end({ blocks: [...blocks], status, ...(usage ? { usage } : {}) });
  }

  /** Writes what is pending now, with patience. A failure is told once and tried again later. */
  flush(): void {
    this.#writePending();
  }

  /** With one try where another comes soon. */
  #writePending(tries?: number): void {
    this.pause();
    const pending = this.#pending;
    if (!pending) return;
    this.#nextWriteAt = this.#options.clock.now() + WRITE_INTERVAL_MS;
    try {
      this.#stored = patiently(() => this.#write(pending), tries);
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
      const delay = isBusy(error) ? BUSY_INTERVAL_MS : WRITE_INTERVAL_MS;
      this.#nextWriteAt = this.#options.clock.now() + delay;
      this.#schedule(delay);
      return;
    }
    this.#ended = true;
    this.#pending = undefined;
    this.#options.onSettled();
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer ??= this.#options.clock.setTimer(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#writePending(1);
    });
  }
}
