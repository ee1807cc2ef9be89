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
import type { RemoteConfig } from "../config.ts";
import { ConnectionLost, RemoteFailure } from "../errors.ts";
import type { RemoteAuth } from "./auth-port.ts";
import { type InnerSession, openInnerSession } from "./inner-session.ts";
import { cancelledBy, type Initialize, isInitialize } from "./messages.ts";
import { Reconnection } from "./reconnection.ts";
import { renewSession } from "./renewal.ts";
import { type Circumstances, isMalformed, judge, refusalIn, type Verdict } from "./verdict.ts";
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
  readonly #sessions = new Set<InnerSession>();
  #session: InnerSession | undefined;
  #initialize: Initialize | undefined;
  #renewal: Promise<InnerSession> | undefined;
  #protocolVersion: string | undefined;
  #ended: ConnectionLost | undefined;
  /** The last answer of the server. */
  #answered: Circumstances["answered"];

  constructor(config: RemoteConfig, options: RemoteTransportOptions) {
    this.#config = config;
    this.#options = options;
    this.hasPerRequestStream = config.transport === "http";
    this.lost = this.#lost.promise;
    const givenUp = new RemoteFailure("its stream of news broke off and did not come back", false, false);
    this.#reconnection = new Reconnection(options.clock, () =>
      this.#lose({ failure: givenUp, loss: "broken_off" }),
    );
  }

  /** Undefined before the handshake, and for a server that keeps no sessions. */
  get sessionId(): string | undefined {
    return this.#session?.id;
  }

  /** The handshake is over. */
  get #isGreeted(): boolean {
    return this.#protocolVersion !== undefined;
  }

  async start(): Promise<void> {
    try {
      this.#session = await this.#open();
      await Promise.race([this.#session.transport.start(), this.lost.then((lost) => Promise.reject(lost))]);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  setProtocolVersion(version: string): void {
    this.#protocolVersion = version;
    this.#session?.transport.setProtocolVersion?.(version);
  }

  /** Sends one message. Throws ConnectionLost when the session is over, or RemoteFailure for what concerns it alone. */
  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (isInitialize(message)) this.#initialize = message;
    const session = await this.#current();
    try {
      await this.#sendOver(session, message, options);
    } catch (error) {
      if (options.requestSignal?.aborted || this.#isLeftToClient(message, error)) throw error;
      if (!(await this.#hasExpired(session, error))) throw this.#fail(error);
      await this.#sendAgain(session, message, options);
    }
  }

  /** Ends the session, of which the server is told without waiting for it. */
  async close(): Promise<void> {
    this.#end(new ConnectionLost("stopped", "the connection was closed"));
  }

  async #sendOver(
    session: InnerSession,
    message: JSONRPCMessage,
    options: TransportSendOptions,
  ): Promise<void> {
    const id = "method" in message && "id" in message ? message.id : undefined;
    const cancelled = cancelledBy(message);
    if (cancelled !== undefined) for (const each of this.#sessions) each.settle(cancelled);
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
    const session = await this.#renew(forgotten);
    // An answer to a request of the session that is gone is of no use to anybody.
    if (!("method" in message)) return;
    try {
      await this.#sendOver(session, message, options);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** What the SDK has to see as it is to find out which era the server speaks. */
  #isLeftToClient(message: JSONRPCMessage, error: unknown): boolean {
    if (this.#isGreeted || !("method" in message)) return false;
    const status = message.method === "server/discover" ? refusalIn(error)?.status : undefined;
    return (
      status !== undefined &&
      status !== 401 &&
      status !== 403 &&
      status >= 400 &&
      status < 500 &&
      status !== 429
    );
  }

  async #hasExpired(session: InnerSession, error: unknown): Promise<boolean> {
    if (this.#ended || !this.#isGreeted || session.id === undefined) return false;
    const status = refusalIn(error)?.status;
    if (status === 404) return true;
    // Some servers say so of a session that they do not know, and of a request that makes no sense as well.
    return status === 400 && (session !== this.#session || !(await session.answersPing()));
  }

  async #current(): Promise<InnerSession> {
    if (this.#renewal) await this.#renewal.catch(() => {});
    if (this.#ended) throw this.#ended;
    if (!this.#session) throw new Error("the transport was not started");
    return this.#session;
  }

  #open(): Promise<InnerSession> {
    return openInnerSession(this.#config, {
      ...this.#options,
      signal: this.#closed.signal,
      schedule: this.#reconnection.schedule,
      onMessage: (message) => this.#receive(message),
      onError: (session, error) => this.#hear(session, error),
      onAnswer: (status, location) => {
        this.#answered = { status, ...(location !== undefined && { location }) };
      },
      onStreamEnd: () => this.#loseStream(),
      onTooLarge: (error) => this.#loseBecause(`it sent ${error.message}`),
    }).then((session) => {
      this.#sessions.add(session);
      return session;
    });
  }

  #renew(forgotten: InnerSession): Promise<InnerSession> {
    if (this.#session && this.#session !== forgotten) return Promise.resolve(this.#session);
    this.#renewal ??= this.#begin(forgotten).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #begin(forgotten: InnerSession): Promise<InnerSession> {
    try {
      const session = await this.#open();
      const { connectTimeoutMs } = this.#config;
      await renewSession(session, this.#initialize, this.#protocolVersion, connectTimeoutMs);
      if (this.#ended) throw this.#ended;
      this.#session = session;
      forgotten.retire();
      this.#sessions.delete(forgotten);
      this.#options.onRenewed();
      return session;
    } catch (error) {
      throw this.#lose({ ...this.#judge(error), loss: "broken_off" });
    }
  }

  #receive(message: JSONRPCMessage): void {
    if (this.#ended) return;
    this.#reconnection.succeeded();
    this.onmessage?.(message);
  }

  /** What goes wrong where nobody waits for it: on the streams, and in messages. */
  #hear(session: InnerSession, error: Error): void {
    if (this.#ended) return;
    if (isMalformed(error)) this.#countNoise(error);
    const status = refusalIn(error)?.status;
    // The server has no stream of news, which it need not have, unless it had one before.
    const forgotten = session.hadStream && (status === 404 || status === 400);
    if (forgotten && session.id !== undefined) return void this.#renew(session).catch(() => {});
    const verdict = this.#judge(error);
    if (verdict.loss === "unreachable" || (verdict.loss === "refused" && this.#answered?.status === 401))
      this.#lose(verdict);
    else this.onerror?.(error);
  }

  #countNoise(error: Error): void {
    this.noise += 1;
    if (this.noise === 1) this.#options.onNoise(error.message);
  }

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
      name: this.#config.name,
      url: this.#config.url,
      transport: this.#config.transport,
      authorized: this.#options.auth !== undefined,
      greeted: this.#isGreeted,
      ...(this.#answered && { answered: this.#answered }),
    });
  }

  /** What is to be thrown for an error; the session may be over with it. */
  #fail(error: unknown): Error {
    if (this.#ended) return this.#ended;
    if (error instanceof ConnectionLost) return error;
    const verdict = this.#judge(error);
    if (verdict.loss === undefined) return verdict.failure;
    if (!this.#isGreeted) return this.#lose(verdict);
    // First this request hears that it was not delivered, if it was not; of the others nobody knows.
    this.#options.clock.setTimer(0, () => this.#lose(verdict));
    return lossOf(verdict, verdict.failure);
  }

  #lose(verdict: Verdict): ConnectionLost {
    const { message, permanent, undelivered } = verdict.failure;
    const shared = new RemoteFailure(message, permanent, undelivered && !this.#isGreeted, {
      cause: verdict.failure.cause,
    });
    return this.#end(lossOf(verdict, shared));
  }

  #end(reason: ConnectionLost): ConnectionLost {
    if (this.#ended) return this.#ended;
    this.#ended = reason;
    this.#reconnection.close();
    if (reason.reason === "stopped") void this.#session?.part();
    for (const session of this.#sessions) void session.close();
    this.#closed.abort(reason);
    this.#lost.resolve(reason);
    this.onclose?.();
    return reason;
  }
}

function lossOf({ loss = "broken_off" }: Verdict, failure: RemoteFailure): ConnectionLost {
  return new ConnectionLost(loss, failure.message, { cause: failure });
}
