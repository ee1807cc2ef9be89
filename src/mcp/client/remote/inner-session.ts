/** One transport of the SDK, with one session of the server: what is asked over it, and what comes of it. */
import { AsyncLocalStorage } from "node:async_hooks";
import type {
  JSONRPCMessage,
  RequestId,
  Transport,
  TransportSendOptions,
} from "@modelcontextprotocol/client";
import type { Clock } from "../../../lib/clock.ts";
import { settlesWithin, withDeadline } from "../../../lib/deadline.ts";
import type { RemoteAuth } from "../auth/port.ts";
import type { Fetch, WireEvents } from "./wire.ts";

export interface InnerOptions extends Omit<WireEvents, "onStream" | "onWhole"> {
  clock: Clock;
  fetch: Fetch;
  auth?: RemoteAuth;
  maxBytes: number;
  /** Nothing is asked any more once it is aborted. */
  closed: AbortSignal;
  schedule: (reconnect: () => void, delayMs: number, attempt: number) => void;
  onMessage: (message: JSONRPCMessage) => void;
  /** What goes wrong where nobody waits for it. */
  onError: (session: InnerSession, error: Error) => void;
  onClosed: (session: InnerSession) => void;
}

/** What a session is made of. */
export interface Make {
  open(below: Below): Transport & { resumeStream?: (lastEventId: string) => Promise<void> };
  /** Tells the server that the session is over, where it keeps one. */
  part(known: Known, signal: AbortSignal): Promise<void>;
}

interface Known {
  sessionId: string | undefined;
  protocolVersion: string | undefined;
}

/** What a session hears from below its transport. */
export interface Below {
  onStream(): void;
  /** What was sent is answered in one piece. */
  onWhole(): void;
  onThrown(error: unknown): void;
}

/** Less than a connection has for its end. */
const PARTING_MS = 800;

/** What was answered in one piece without an answer to the request. */
export class AnswerMissing extends Error {
  override readonly name = "AnswerMissing";
}

export class InnerSession {
  readonly #transport: ReturnType<Make["open"]>;
  readonly #make: Make;
  readonly #options: InnerOptions;
  readonly #awaited = new Set<RequestId>();
  /** Requests of our own, of which the client knows nothing. */
  readonly #private = new Map<RequestId, (message: JSONRPCMessage) => void>();
  /** What was told to those who sent something, or reported; the SDK reports it as well, or twice. */
  readonly #told = new WeakSet<Error>();
  /** Which message an answer below belongs to. */
  readonly #sending = new AsyncLocalStorage<{ whole: boolean }>();
  #thrownBelow: unknown;
  #protocolVersion: string | undefined;
  #privateIds = 0;
  #retired = false;
  #hadStream = false;

  constructor(make: Make, options: InnerOptions) {
    this.#make = make;
    this.#options = options;
    this.#transport = make.open({
      onStream: () => {
        this.#hadStream = true;
      },
      onWhole: () => {
        const sending = this.#sending.getStore();
        if (sending) sending.whole = true;
      },
      onThrown: (error) => {
        this.#thrownBelow = error;
      },
    });
    this.#transport.onmessage = (message) => this.#receive(message);
    this.#transport.onerror = (error) => this.#hear(error);
    this.#transport.onclose = () => options.onClosed(this);
  }

  get id(): string | undefined {
    return this.#transport.sessionId;
  }

  /** The server has sent a stream of events that belongs to no request. */
  get hadStream(): boolean {
    return this.#hadStream;
  }

  setProtocolVersion(version: string): void {
    this.#protocolVersion = version;
    this.#transport.setProtocolVersion?.(version);
  }

  async start(): Promise<void> {
    try {
      await this.#transport.start();
    } catch (error) {
      // An EventSource makes words of what was thrown.
      throw this.#thrownBelow ?? error;
    }
  }

  /** Throws what the transport throws, and AnswerMissing when a request is answered by something else. */
  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    const sending = { whole: false };
    try {
      await this.#sending.run(sending, () => this.#transport.send(message, options));
    } catch (error) {
      if (error instanceof Error) this.#told.add(error);
      throw error;
    }
    const id = "method" in message && "id" in message ? message.id : undefined;
    const isOpen = id !== undefined && (this.isAwaiting(id) || this.#private.has(id));
    if (sending.whole && isOpen) throw new AnswerMissing("its answer is not to this request");
  }

  /** Asks for the stream of news, where it was not to be had at first; what goes wrong is heard as then. */
  openNews(): void {
    this.#transport.resumeStream?.("").catch(() => {});
  }

  awaitAnswer(id: RequestId): void {
    this.#awaited.add(id);
  }

  isAwaiting(id: RequestId): boolean {
    return this.#awaited.has(id);
  }

  /** Nobody waits for this answer any more. */
  settle(id: RequestId): void {
    this.#awaited.delete(id);
    if (this.#retired && this.#awaited.size === 0) void this.close();
  }

  /** Takes no more requests; ends once those under way are answered. */
  retire(): void {
    this.#retired = true;
    if (this.#awaited.size === 0) void this.close();
  }

  /** Asks something of our own; throws what sending throws, or an Error when no answer comes in time. */
  async ask(method: string, params: Record<string, unknown>, timeoutMs: number): Promise<JSONRPCMessage> {
    this.#privateIds += 1;
    const id = `mcpchat-${this.#privateIds}`;
    const answer = new Promise<JSONRPCMessage>((resolve) => this.#private.set(id, resolve));
    try {
      const asked = this.send({ jsonrpc: "2.0", id, method, params }).then(() => answer);
      const late = () => new Error(`no answer within ${timeoutMs} ms`);
      return await withDeadline(asked, timeoutMs, late, this.#options.clock);
    } finally {
      this.#private.delete(id);
    }
  }

  /** Tells the server that the session is over, where there is one. Never rejects. */
  async part(): Promise<void> {
    const late = new AbortController();
    const cancel = this.#options.clock.setTimer(PARTING_MS, () => late.abort());
    try {
      const known = { sessionId: this.id, protocolVersion: this.#protocolVersion };
      await settlesWithin(this.#make.part(known, late.signal), PARTING_MS, this.#options.clock);
    } finally {
      cancel();
    }
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  /** Those who sent something hear of it first. */
  #hear(error: Error): void {
    this.#options.clock.setTimer(0, () => {
      if (this.#told.has(error)) return;
      this.#told.add(error);
      this.#options.onError(this, error);
    });
  }

  #receive(message: JSONRPCMessage): void {
    if (!("method" in message) && message.id !== undefined) {
      const ours = this.#private.get(message.id);
      this.#private.delete(message.id);
      ours?.(message);
      if (ours) return;
      this.settle(message.id);
    }
    this.#options.onMessage(message);
  }
}
