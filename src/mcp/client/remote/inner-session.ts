/** One transport of the SDK, with one session of the server: what is asked over it, and what comes of it. */
import type {
  FetchLike,
  JSONRPCMessage,
  RequestId,
  StreamableHTTPClientTransport,
  StreamableHTTPClientTransportOptions,
  Transport,
  TransportSendOptions,
} from "@modelcontextprotocol/client";
import type { Clock } from "../../../lib/clock.ts";
import { withDeadline } from "../../../lib/deadline.ts";
import type { RemoteConfig } from "../config.ts";
import type { RemoteAuth } from "./auth-port.ts";
import { RECONNECTION_OPTIONS } from "./reconnection.ts";
import { refusalIn } from "./verdict.ts";
import { createWire, type Fetch, type WireEvents, type WireOptions } from "./wire.ts";

export interface InnerOptions extends Omit<WireEvents, "onStream"> {
  clock: Clock;
  fetch: Fetch;
  auth?: RemoteAuth;
  maxBytes: number;
  /** Ends all requests. */
  signal: AbortSignal;
  schedule: (reconnect: () => void, delayMs: number, attempt: number) => void;
  onMessage: (message: JSONRPCMessage) => void;
  onError: (session: InnerSession, error: Error) => void;
}

const PARTING_MS = 1000;
const PING_MS = 5000;

/** Opens a session over the transport that the configuration names; it is not started. */
export async function openInnerSession(config: RemoteConfig, options: InnerOptions): Promise<InnerSession> {
  const sdk = await import("@modelcontextprotocol/client");
  const url = new URL(config.url);
  const authProvider = options.auth ? { authProvider: options.auth } : {};
  const wireOf = (wireOptions: WireOptions) => {
    const wire = createWire(wireOptions);
    return options.auth ? options.auth.watching(wire) : wire;
  };
  if (config.transport === "sse") {
    return new InnerSession(options, (onStream) => {
      const wire = wireOf({ ...options, config, onStream });
      return new sdk.SSEClientTransport(url, { fetch: wire, ...authProvider });
    });
  }
  const open = (wire: FetchLike, known: StreamableHTTPClientTransportOptions = {}) =>
    new sdk.StreamableHTTPClientTransport(url, {
      fetch: wire,
      reconnectionOptions: RECONNECTION_OPTIONS,
      reconnectionScheduler: options.schedule,
      ...authProvider,
      ...known,
    });
  const part = (session: StreamableHTTPClientTransport, signal: AbortSignal) => {
    const { sessionId, protocolVersion } = session;
    if (sessionId === undefined) return Promise.resolve();
    const wire = wireOf({ ...options, config, onStream: () => {}, signal });
    const known = { sessionId, ...(protocolVersion !== undefined && { protocolVersion }) };
    return open(wire, known).terminateSession();
  };
  let transport: StreamableHTTPClientTransport | undefined;
  return new InnerSession(
    options,
    (onStream) => {
      transport = open(wireOf({ ...options, config, onStream }));
      return transport;
    },
    (signal) => (transport ? part(transport, signal) : Promise.resolve()),
  );
}

export class InnerSession {
  readonly transport: Transport;
  /** The server has sent a stream of events that belongs to no request. */
  hadStream = false;
  readonly #options: InnerOptions;
  readonly #part: (signal: AbortSignal) => Promise<void>;
  readonly #awaited = new Set<RequestId>();
  /** Requests of our own, of which the client knows nothing. */
  readonly #private = new Map<RequestId, (message: JSONRPCMessage) => void>();
  /** What was told to those who sent something; the SDK reports it as well. */
  readonly #thrown = new WeakSet<Error>();
  #privateIds = 0;
  #retired = false;

  constructor(
    options: InnerOptions,
    open: (onStream: () => void) => Transport,
    part: (signal: AbortSignal) => Promise<void> = async () => {},
  ) {
    this.#options = options;
    this.#part = part;
    this.transport = open(() => {
      this.hadStream = true;
    });
    this.transport.onmessage = (message) => this.#receive(message);
    this.transport.onerror = (error) => this.#hear(error);
  }

  get id(): string | undefined {
    return this.transport.sessionId;
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    try {
      await this.transport.send(message, options);
    } catch (error) {
      if (error instanceof Error) this.#thrown.add(error);
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

  /** Whether the server still knows the session; one that says something else does. */
  async answersPing(): Promise<boolean> {
    try {
      await this.ask("ping", {}, PING_MS);
      return true;
    } catch (error) {
      const status = refusalIn(error)?.status;
      return status !== 404 && status !== 400;
    }
  }

  /** Tells the server that the session is over, where there is one. Never rejects. */
  async part(): Promise<void> {
    const late = new AbortController();
    const cancel = this.#options.clock.setTimer(PARTING_MS, () => late.abort());
    try {
      await this.#part(late.signal);
    } catch {
      // It is as well without.
    } finally {
      cancel();
    }
  }

  async close(): Promise<void> {
    await this.transport.close();
  }

  #hear(error: Error): void {
    this.#options.clock.setTimer(0, () => {
      if (!this.#thrown.has(error)) this.#options.onError(this, error);
    });
  }

  #receive(message: JSONRPCMessage): void {
    if (!("method" in message) && message.id !== undefined) {
      const ours = this.#private.get(message.id);
      this.settle(message.id);
      ours?.(message);
      if (ours) return;
    }
    this.#options.onMessage(message);
  }
}
