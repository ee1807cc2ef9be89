/**
 * The connections to one origin, kept for the next request. What becomes of a connection while nobody uses it is not
 * the user's concern: one that turns out to be dead is replaced without a word.
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import { isThisMachine } from "../lib/loopback.ts";

type Input = Parameters<typeof fetch>[0];
/** A request as `fetch` takes it. */
type Init = NonNullable<Parameters<typeof fetch>[1]>;

/** As long as a person reads and writes between two turns; what lies longer, routers forget without a word. */
const IDLE_SECONDS = 120;
/** A turn uses one connection; servers that ask for a model themselves use some beside it. */
const MAX_IDLE = 4;
/** A connection that had ended before the request went out says so within a round trip. */
const STALE_MS = 1000;

export class Pool {
  readonly #session: Bun.FetchSession;
  readonly #clock: Clock;
  /** Whether a connection may be there that an earlier request has left. */
  #used = false;

  constructor(origin: string, clock: Clock = systemClock) {
    this.#session = new Bun.FetchSession({
      keepAlive: { idleTimeout: IDLE_SECONDS, maxIdleSockets: MAX_IDLE },
      // What is on this machine no proxy can reach; elsewhere the environment decides (HTTPS_PROXY, NO_PROXY, ...).
      ...(isThisMachine(new URL(origin).hostname) && { proxy: false }),
    });
    this.#clock = clock;
  }

  /** As the global one. Bun tells of a kept connection that has just ended as of any other failure (measured, 1.4.5). */
  async fetch(input: Input, init?: Init): Promise<Response> {
    const mayBeStale = this.#used && !(input instanceof Request) && isRepeatable(init?.body);
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const began = this.#clock.now();
    try {
      return await this.#send(input, init);
    } catch (error) {
      // Who changed his mind, or had but a short look, has learnt nothing about the connections.
      if (signal?.aborted && !isTimeout(signal.reason)) throw error;
      // The others may be as dead, or lead to where the host was before: the next request opens a new one.
      this.close();
      const isStale = mayBeStale && isReset(error) && this.#clock.now() - began < STALE_MS;
      if (!isStale || signal?.aborted) throw error;
      return await this.#send(input, init);
    }
  }

  /** Closes what is idle; what is in use ends as it would. */
  close(): void {
    this.#used = false;
    this.#session.close();
  }

  async #send(input: Input, init: Init | undefined): Promise<Response> {
    const response = await this.#session.fetch(input, init);
    this.#used = true;
    return response;
  }
}

/** A stream has been read by then. */
function isRepeatable(body: Init["body"]): boolean {
  return body === undefined || body === null || typeof body === "string" || body instanceof Uint8Array;
}

/** As `AbortSignal.timeout` gives it, and the limits of a request to a model. */
function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

const RESET: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "ConnectionClosed"]);

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && RESET.has(error.code);
}
