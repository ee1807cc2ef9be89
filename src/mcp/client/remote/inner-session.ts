/** One transport of the SDK, with one session of the server: what is asked over it, and what comes of it. */
import type {
  JSONRPCMessage,
  RequestId,
  Transport,
  TransportSendOptions,
} from "@modelcontextprotocol/client";
import type { Clock } from "../../../lib/clock.ts";
import { withDeadline } from "../../../lib/deadline.ts";
import type { RemoteAuth } from "./auth-port.ts";
import type { Fetch, WireEvents } from "./wire.ts";

export interface InnerOptions extends Omit<WireEvents, "onStream"> {
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
}

/** What a session is made of. */
export interface Make {
  open(below: Below): Transport;
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
  onThrown(error: unknown): void;
}

const PARTING_MS = 1000;

export class InnerSession {
  readonly #transport: Transport;
  readonly #make: Make;
  readonly #options: InnerOptions;
  readonly #awaited = new Set<RequestId>();
  /** Requests of our own, of which the client knows nothing. */
  readonly #private = new Map<RequestId, (message: JSONRPCMessage) => void>();
  /** What was told to those who sent something; the SDK reports it as well. */
  readonly #told = new WeakSet<Error>();
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
      onThrown: (error) => {
        this.#thrownBelow = error;
      },
    });
    this.#transport.onmessage = (message) => this.#receive(message);
    this.#transport.onerror = (error) => this.#hear(error);
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

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    try {
      await this.#transport.send(message, options);
    } catch (error) {
      if (error instanceof Error) this.#told.add(error);
      throw error;
    }
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
      await this.#make.part(known, late.signal);
    } catch {
      // It is as well without.
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
      if (!this.#told.has(error)) this.#options.onError(this, error);
    });
  }

  #receive(message: JSONRPCMessage): void {
    if (!("method" in message) && message.id !== undefined) {
      const ours = this.#private.get(message.id);
      ours?.(message);
      if (ours) return;
      this.settle(message.id);
    }
    this.#options.onMessage(message);
  }
}
