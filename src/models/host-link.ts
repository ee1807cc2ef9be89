/**
 * Requests to one inference process and what comes of them. A process that gives no sign of life, or does not stop when
 * it is asked to, is hung: whoever owns it is told to kill it, and its end is the end of every request.
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import { isResultOf, readMessage } from "./host-messages.ts";
import { ModelError, type ModelProblem } from "./problem.ts";
import type { FromHost, News, Operation, Operations, ToHost } from "./protocol.ts";

export interface HostLinkOptions {
  /** Throws when the channel is closed. */
  send(message: ToHost): void;
  /** The process is hung; `why` goes on after "the inference process". */
  onHung(why: string): void;
  limits?: Partial<LinkLimits>;
  clock?: Clock;
}

export interface LinkLimits {
  /** Milliseconds without a message while there are requests. */
  silenceMs: number;
  /** Milliseconds that a request may take to end after it was cancelled. */
  cancelMs: number;
}

export interface CallOptions {
  /** Cancels the request, which still ends by itself: with what came of it, or with ModelError `aborted`. */
  signal: AbortSignal;
  onNews?(news: News): void;
  /** The process works on it, without news. */
  onAlive?(): void;
}

const DEFAULT_LIMITS: LinkLimits = { silenceMs: 30_000, cancelMs: 5000 };
/** Silence is counted, not measured: a program that was itself stopped for an hour has not heard an hour of silence. */
const TICKS = 10;

interface Call {
  options: CallOptions;
  succeed(value: unknown): void;
  fail(problem: ModelProblem): void;
  cancelled: boolean;
}

export class HostLink {
  /** Resolves when the process takes requests; rejects with ModelError when it ends before. */
  readonly ready: Promise<void>;
  /** Messages that made no sense. */
  malformed = 0;
  readonly #options: HostLinkOptions;
  readonly #clock: Clock;
  readonly #limits: LinkLimits;
  readonly #ready = Promise.withResolvers<void>();
  readonly #calls = new Map<number, Call>();
  #lastNumber = 0;
  #ended: ModelProblem | undefined;
  #cancelTick: (() => void) | undefined;
  #quietTicks = 0;

  constructor(options: HostLinkOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.ready = this.#ready.promise;
    // Whoever waits sees the rejection; nobody has to.
    this.ready.catch(() => {});
  }

  /** Why it is over, once it is. */
  get ended(): ModelProblem | undefined {
    return this.#ended;
  }

  /** Whether somebody waits for an answer who will hear of its end. */
  get isBusy(): boolean {
    return [...this.#calls.values()].some(({ cancelled }) => !cancelled);
  }

  /** Has the process do something. Throws ModelError: what the process answered, or `crashed` when it ended. */
  async call<N extends Operation>(
    operation: N,
    given: Operations[N]["given"],
    options: CallOptions,
  ): Promise<Operations[N]["result"]> {
    if (options.signal.aborted) throw new ModelError(ABORTED);
    if (this.#ended) throw new ModelError(this.#ended);
    const id = ++this.#lastNumber;
    // A member of the union, which the compiler does not see for an operation that it does not know.
    const message = { type: operation, id, ...given } as ToHost;
    const value = await this.#exchange(message, options);
    if (isResultOf(operation, value)) return value;
    this.malformed++;
    throw new ModelError({
      code: "failed",
      message: `the inference process answered ${operation} with what is no answer`,
    });
  }

  /** Takes a message of the process. */
  receive(message: unknown): void {
    const known = readMessage(message);
    if (!known) {
      this.malformed++;
      return;
    }
    this.#quietTicks = 0;
    if (known.type === "ready") this.#ready.resolve();
    else this.#answer(known);
  }

  /** The process has ended: fails every request, and those to come. */
  end(problem: ModelProblem): void {
    if (this.#ended) return;
    this.#ended = problem;
    this.#ready.reject(new ModelError(problem));
    for (const call of [...this.#calls.values()]) call.fail(call.cancelled ? ABORTED : problem);
  }

  async #exchange(message: ToHost, options: CallOptions): Promise<unknown> {
    const { id } = message;
    const { signal } = options;
    const answer = Promise.withResolvers<unknown>();
    const call: Call = {
      options,
      succeed: answer.resolve,
      fail: (problem) => answer.reject(new ModelError(problem)),
      cancelled: false,
    };
    let cancelDeadline = () => {};
    const onAbort = () => {
      cancelDeadline = this.#cancel(id, call);
    };
    this.#calls.set(id, call);
    this.#watch();
    this.#send(message);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await answer.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      cancelDeadline();
      this.#calls.delete(id);
      if (this.#calls.size === 0) this.#rest();
    }
  }

  #answer(message: Exclude<FromHost, { type: "ready" }>): void {
    const call = this.#calls.get(message.id);
    switch (message.type) {
      case "news":
        call?.options.onNews?.(message.news);
        return;
      case "alive":
        call?.options.onAlive?.();
        return;
      case "result":
        call?.succeed(message.value);
        return;
      case "problem":
        call?.fail(message.problem);
        return;
    }
  }

  /** The returned function calls the deadline off. */
  #cancel(id: number, call: Call): () => void {
    call.cancelled = true;
    this.#send({ type: "cancel", id });
    return this.#clock.setTimer(this.#limits.cancelMs, () =>
      this.#options.onHung("did not stop when it was asked to"),
    );
  }

  /** A channel that takes nothing any more belongs to a process that is about to end, which tells more. */
  #send(message: ToHost): void {
    try {
      this.#options.send(message);
    } catch {
      // `end` follows.
    }
  }

  #watch(): void {
    if (this.#cancelTick) return;
    this.#quietTicks = 0;
    this.#tick();
  }

  #tick(): void {
    const { silenceMs } = this.#limits;
    this.#cancelTick = this.#clock.setTimer(silenceMs / TICKS, () => {
      this.#quietTicks++;
      // The first tick came at any time after the last message.
      if (this.#quietTicks === TICKS + 1) {
        this.#options.onHung(`gave no sign of life for ${Math.round(silenceMs / 1000)} s`);
      }
      this.#tick();
    });
  }

  #rest(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }
}

export const ABORTED: ModelProblem = { code: "aborted", message: "stopped" };
