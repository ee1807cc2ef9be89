/**
 * The transports of the SDK for remote servers, made fit for a session that lasts: it is begun again when the server has
 * forgotten it, it is over when news or answers would be missed in silence, and whoever waits hears why.
 */
import type {
  JSONRPCMessage,
  RequestId,
  Transport,
  TransportSendOptions,
} from "@modelcontextprotocol/client";
import type { Clock } from "../../../lib/clock.ts";
import type { RemoteAuth } from "../auth/port.ts";
import type { RemoteConfig } from "../config.ts";
import { ConnectionLost, RemoteFailure } from "../errors.ts";
import { flatten } from "../link/depth.ts";
import { inOrder } from "../link/in-order.ts";
import type { InnerSession } from "./inner-session.ts";
import { cancelledBy, isInitialize } from "./messages.ts";
import { Reconnection } from "./reconnection.ts";
import { Sessions } from "./sessions.ts";
import { isMalformed, judge, refusalIn, type Verdict } from "./verdict.ts";
import type { Fetch } from "./wire.ts";

export interface RemoteTransportOptions {
  clock: Clock;
  fetch: Fetch;
  auth?: RemoteAuth;
  /** A larger answer is refused. */
  maxBytes: number;
  /** Called once, with what is wrong with the first message that is not JSON-RPC. */
  onNoise: (reason: string) => void;
  /** The server had forgotten the session, which was begun again. */
  onRenewed: () => void;
}

export class RemoteTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  /** The SDK cancels a request of the modern era by ending its stream. */
  readonly hasPerRequestStream: boolean;
  /** Resolves with the reason once the session is over. */
  readonly lost: Promise<ConnectionLost>;
  /** Messages that were not JSON-RPC. */
  noise = 0;
  readonly #config: RemoteConfig;
  readonly #options: RemoteTransportOptions;
  readonly #lost = Promise.withResolvers<ConnectionLost>();
  readonly #closed = new AbortController();
  readonly #reconnection: Reconnection;
  readonly #sessions: Sessions;
  readonly #arrived = inOrder(
    (message) => this.onmessage?.(flatten(message)),
    (error) => this.onerror?.(error),
  );
  #ended: ConnectionLost | undefined;
  #parted: Promise<void> | undefined;
  /** The session is over, of which not everybody knows yet. */
  #losing: Verdict | undefined;

  constructor(config: RemoteConfig, options: RemoteTransportOptions) {
    this.#config = config;
    this.#options = options;
    this.hasPerRequestStream = config.transport === "http";
    this.lost = this.#lost.promise;
    this.#reconnection = new Reconnection(options.clock, () =>
      this.#loseBecause("its stream of events broke off and did not come back"),
    );
    this.#sessions = new Sessions(config, {
      ...options,
      closed: this.#closed.signal,
      schedule: this.#reconnection.schedule,
      onMessage: (message) => this.#receive(message),
      onError: (session, error) => this.#hear(session, error),
      onStreamEnd: () => this.#loseStream(),
      onTooLarge: (error) => this.#loseBecause(`it sent ${error.message}`),
    });
  }

  /** Undefined before the handshake, and for a server that keeps no sessions. */
  get sessionId(): string | undefined {
    return this.#sessions.current?.id;
  }

  setProtocolVersion(version: string): void {
    this.#sessions.setProtocolVersion(version);
  }

  async start(): Promise<void> {
    try {
      // An EventSource that is closed while it connects says nothing.
      const over = this.lost.then((lost) => Promise.reject(lost));
      await Promise.race([this.#sessions.begin(), over]);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Sends one message. Throws ConnectionLost when the session is over, or RemoteFailure for what concerns it alone. */
  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (isInitialize(message)) this.#sessions.initialize = message;
    const session = await this.#sessions.ready();
    try {
      await this.#sendOver(session, message, options);
    } catch (error) {
      if (options.requestSignal?.aborted || this.#isLeftToClient(message, error)) throw error;
      if (this.#ended || !(await this.#sessions.isForgotten(session, error))) throw this.#fail(error);
      await this.#sendAgain(session, message, options);
    }
  }

  /** Ends the session at once; resolves when the server knows of it, or does not answer to that in time. */
  async close(): Promise<void> {
    if (this.#losing) this.#lose(this.#losing);
    if (!this.#ended) {
      this.#parted = this.#sessions.current?.part();
      this.#end(new ConnectionLost("stopped", "the connection was closed"));
    }
    await this.#parted;
  }

  async #sendOver(
    session: InnerSession,
    message: JSONRPCMessage,
    options: TransportSendOptions,
  ): Promise<void> {
    const id = "method" in message && "id" in message ? message.id : undefined;
    const cancelled = cancelledBy(message);
    if (cancelled !== undefined) this.#sessions.settle(cancelled);
    if (id === undefined) return session.send(message, options);
    session.awaitAnswer(id);
    const onRequestStreamEnd = options.onRequestStreamEnd ?? (() => this.#missAnswer(session, id));
    try {
      await session.send(message, { ...options, onRequestStreamEnd });
    } catch (error) {
      session.settle(id);
      throw error;
    }
  }

  async #sendAgain(
    forgotten: InnerSession,
    message: JSONRPCMessage,
    options: TransportSendOptions,
  ): Promise<void> {
    try {
      const session = await this.#sessions.renew(forgotten);
      // An answer to a request of the session that is gone is of no use to anybody.
      if ("method" in message) await this.#sendOver(session, message, options);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** What the SDK has to see as it is to find out which era the server speaks. */
  #isLeftToClient(message: JSONRPCMessage, error: unknown): boolean {
    if (this.#isGreeted || !("method" in message) || message.method !== "server/discover") return false;
    const status = refusalIn(error)?.status ?? 0;
    return status >= 400 && status < 500 && ![401, 403, 429].includes(status);
  }

  /** The handshake is over. */
  get #isGreeted(): boolean {
    return this.#sessions.protocolVersion !== undefined;
  }

  #receive(message: JSONRPCMessage): void {
    if (this.#ended) return;
    this.#reconnection.succeeded();
    this.#arrived.push(message);
  }

  /** What goes wrong where nobody waits for it: on the streams, and in messages. */
  #hear(session: InnerSession, error: Error): void {
    if (this.#ended) return;
    this.onerror?.(error);
    if (isMalformed(error)) this.#countNoise(error);
    // Before the handshake is over somebody waits for whatever there is.
    else if (this.#isGreeted) this.#reactTo(session, error);
  }

  #reactTo(session: InnerSession, error: Error): void {
    const status = refusalIn(error)?.status;
    // A server need not have a stream of news; one that had is gone with the session.
    const forgotten = session.hadStream && session.id !== undefined && (status === 404 || status === 400);
    if (forgotten) void this.#sessions.renew(session).catch((reason: unknown) => this.#fail(reason));
    const mayHaveNews = session === this.#sessions.current && !session.hadStream && isPassing(status);
    if (mayHaveNews) this.#reconnection.again(() => session.openNews());
    const verdict = this.#judge(error);
    if (verdict.loss !== undefined) this.#lose(verdict);
  }

  #countNoise(error: Error): void {
    this.noise += 1;
    if (this.noise === 1) this.#options.onNoise(error.message);
  }

  /**
   * The end of the connection also in the modern era, which has no session: whether the call took effect is unknown, and
   * only a call whose connection is lost is repeated where that is safe, over the next one.
   */
  #missAnswer(session: InnerSession, id: RequestId): void {
    if (session.isAwaiting(id)) this.#loseBecause("it broke off in the middle of an answer");
  }

  #loseStream(): void {
    if (this.#config.transport === "sse") this.#loseBecause("it closed the stream of events");
  }

  #loseBecause(words: string): void {
    this.#lose({ failure: new RemoteFailure(words, false, false), loss: "broken_off" });
  }

  #judge(error: unknown): Verdict {
    return judge(error, {
      config: this.#config,
      authorized: this.#options.auth !== undefined,
      greeted: this.#isGreeted,
    });
  }

  /** What is to be thrown for an error; the session may be over with it. */
  #fail(error: unknown): Error {
    if (this.#ended) return this.#ended;
    const verdict = this.#judge(error);
    if (verdict.loss === undefined) return verdict.failure;
    if (!this.#isGreeted) return this.#lose(verdict);
    // First this request hears that it was not delivered, if it was not; of the others nobody knows.
    this.#losing ??= verdict;
    this.#options.clock.setTimer(0, () => this.#lose(verdict));
    return lossOf(verdict, verdict.failure);
  }

  #lose(verdict: Verdict): ConnectionLost {
    const { failure } = verdict;
    const undelivered = failure.undelivered && !this.#isGreeted;
    const shared = new RemoteFailure(failure.message, failure.permanent, undelivered, { cause: failure });
    return this.#end(lossOf(verdict, shared));
  }

  #end(reason: ConnectionLost): ConnectionLost {
    if (this.#ended) return this.#ended;
    this.#arrived.flush();
    this.#ended = reason;
    this.#reconnection.close();
    this.#closed.abort(reason);
    this.#sessions.close();
    this.#lost.resolve(reason);
    this.onclose?.();
    return reason;
  }
}

/** Whoever fails may have a stream for news later; who has none says so by another status. */
function isPassing(status: number | undefined): boolean {
  return status !== undefined && status >= 500 && status !== 501;
}

function lossOf({ loss = "broken_off" }: Verdict, failure: RemoteFailure): ConnectionLost {
  return new ConnectionLost(loss, failure.message, { cause: failure });
}
