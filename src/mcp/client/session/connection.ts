/**
 * One live MCP session: the handshake, the list of tools, and requests. It is a supervised child that is up at once and
 * can be asked once the handshake is done; a handshake that fails is its crash.
 */
import type { Client, Implementation } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import type { JsonObject } from "../../../lib/conversation.ts";
import { withDeadline } from "../../../lib/deadline.ts";
import type { Exit, Running } from "../../../supervisor/spec.ts";
import { callTool } from "../calls/call.ts";
import { ConnectionLost, HandshakeFailed, RemoteFailure, RequestTimedOut } from "../errors.ts";
import type { Link } from "../link/link.ts";
import type { ToolOutcome } from "../port.ts";
import type { Prepared } from "../requests/prepare.ts";
import { boundToolLists } from "../tools/list-bounds.ts";
import { filterFor, keepListening } from "../tools/listen.ts";
import { createRelister, type Relister } from "../tools/relist.ts";
import { describeTools, type ToolDescription } from "../tools/tools.ts";
import type { KnownEra } from "./eras.ts";
import { type Greeting, handshake } from "./handshake.ts";
import { mendMessages } from "./mending.ts";
import { type RequestLimits, request, type Session } from "./request.ts";
import { nameUnusableResults, wordsFor } from "./sdk-words.ts";
import { Standstill } from "./standstill.ts";

export interface Connection {
  /** Of the server's process, where it is ours. */
  readonly pid: number | undefined;
  /** Resolves once the server can be asked; rejects with the reason if that never comes. */
  readonly ready: Promise<void>;
  /** What the server said of itself; undefined before the handshake. */
  readonly greeting: Greeting | undefined;
  /** Milliseconds in which requests of the server to us made time stand still, so far. */
  readonly stoodStillMs: number;
  /**
   * Calls a tool, after the handshake. A failure that the server reports, or a timeout, is an outcome. Throws
   * ConnectionLost when the server is gone, or the signal's reason at once when it aborts.
   */
  call(name: string, args: JsonObject, limits: RequestLimits): Promise<ToolOutcome>;
  /** Asks for anything else, after the handshake; throws as `request` does. */
  ask<T>(work: Parameters<typeof request<T>>[1], limits: RequestLimits): Promise<T>;
  /** Resolves with any sign of life; rejects when none comes before the signal aborts. */
  ping(signal: AbortSignal): Promise<void>;
  /**
   * Calls the listener whenever the session was begun anew: the server knows nothing of the one before. The returned
   * function ends that.
   */
  onRenewed(listener: () => void): () => void;
}

export interface ConnectionOptions {
  clientInfo: Implementation;
  /** Milliseconds for the handshake and the first list of tools, together. */
  connectTimeoutMs: number;
  /** What is known of the era that the server speaks; it is asked when absent. */
  era?: KnownEra;
  /** Waits longer for the answer to that question: the server may be slow to start. */
  patient?: boolean;
  /** How long it waits otherwise, for a process, in milliseconds. */
  probeMs?: number;
  /** Prepares a client to answer what the server asks of us, before the handshake. */
  prepare?: (client: Client, still: Standstill) => Promise<Prepared>;
  /** Called with the tools at first, and after each change. */
  onTools: (tools: ToolDescription[]) => void;
  /** Called with what a person may want to know about this server: one short sentence, unsanitised. */
  onComplaint: (text: string) => void;
  /** No handshake has worked for so long that a failure of this one is final. */
  lastTry: boolean;
  clock?: Clock;
}

const RELIST_PACE = { debounceMs: 50, leastMs: 1000 } as const;

/** Begins a session; never throws. */
export function openConnection(link: Link, options: ConnectionOptions): Running<Connection> {
  return new LinkedConnection(link, options);
}

class LinkedConnection implements Running<Connection>, Connection {
  readonly handle = this;
  readonly exited: Promise<Exit>;
  readonly ready: Promise<void>;
  greeting: Greeting | undefined;
  readonly #link: Link;
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #still: Standstill;
  readonly #exit = Promise.withResolvers<Exit>();
  readonly #client = Promise.withResolvers<Client>();
  readonly #ended = new AbortController();
  readonly #onRenewed = new Set<() => void>();
  #connected: Client | undefined;
  #prepared: Prepared | undefined;
  #requestsUnderWay = 0;
  #stopped = false;

  constructor(link: Link, options: ConnectionOptions) {
    this.#link = link;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#still = new Standstill(this.#clock);
    this.exited = this.#exit.promise;
    this.ready = this.#client.promise.then(() => {});
    // Whoever waits sees the rejection; nobody has to.
    this.ready.catch(() => {});
    void link.lost.then((lost) => {
      this.#ended.abort();
      this.#still.abandon(lost);
    });
    void this.#run();
  }

  get pid(): number | undefined {
    return this.#link.pid;
  }

  get stoodStillMs(): number {
    return this.#still.totalMs;
  }

  call(name: string, args: JsonObject, limits: RequestLimits): Promise<ToolOutcome> {
    return this.#busy(limits.signal, (session) => callTool(session, name, args, limits));
  }

  ask<T>(work: Parameters<typeof request<T>>[1], limits: RequestLimits): Promise<T> {
    return this.#busy(limits.signal, (session) => request(session, work, limits));
  }

  async #busy<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#client.promise;
    const { lost } = this.#link;
    const prepared = this.#prepared;
    this.#requestsUnderWay++;
    try {
      return await work({
        client,
        lost,
        still: this.#still,
        clock: this.#clock,
        ...(prepared && { prepared }),
      });
    } finally {
      this.#requestsUnderWay--;
      // Which request made the server ask is not known in the older era: with the last one its questions go.
      if (signal.aborted && this.#requestsUnderWay === 0) this.#still.abandon(signal.reason);
    }
  }

  async ping(signal: AbortSignal): Promise<void> {
    // A server that works for us may be too busy to answer, and a request and the handshake have limits of their own.
    if (!this.#connected || this.#requestsUnderWay > 0) return;
    const { ProtocolError } = await import("@modelcontextprotocol/client");
    try {
      // The modern era has no ping; whoever can still say what they are is alive.
      if (this.#connected.getProtocolEra() === "modern") await this.#connected.discover({ signal });
      else await this.#connected.ping({ signal });
    } catch (error) {
      // Whoever says that they do not know the method is alive.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  onRenewed(listener: () => void): () => void {
    this.#onRenewed.add(listener);
    return () => this.#onRenewed.delete(listener);
  }

  /**
   * Ends the session: requests under way fail with ConnectionLost. It is over when a remote server knows of it, or
   * does not answer to that in time; a process is stopped by its own owner.
   */
  stop(): void {
    this.#stopped = true;
    void this.#link.close().finally(() => this.#exit.resolve({ kind: "shutdown" }));
  }

  kill(): void {
    this.#exit.resolve({ kind: "killed" });
    void this.#link.close();
  }

  async #run(): Promise<void> {
    try {
      const { connectTimeoutMs } = this.#options;
      const late = () => this.#late(connectTimeoutMs);
      this.#client.resolve(await withDeadline(this.#connect(), connectTimeoutMs, late, this.#clock));
    } catch (error) {
      const reason = await this.#reasonOf(error);
      this.#client.reject(reason);
      await this.#link.close();
      if (reason instanceof HandshakeFailed) return this.#exit.resolve({ kind: "crash", error: reason });
    }
    this.#exit.resolve(await this.#link.exitAfter(await this.#link.lost));
  }

  async #connect(): Promise<Client> {
    const { clientInfo, connectTimeoutMs, era, prepare, patient, probeMs } = this.#options;
    let greeted: Client | undefined;
    // From the beginning: a change that comes in one piece with the first list is heard before that list is seen here.
    const relist = async () => greeted && this.#relist(greeted);
    const relister = createRelister(relist, RELIST_PACE, this.#clock);
    this.#ended.signal.addEventListener("abort", () => relister.stop());
    const client = await handshake(this.#link.transport, {
      clientInfo,
      timeoutMs: connectTimeoutMs,
      ...(era && { era }),
      ...(patient && { patient }),
      ...(probeMs !== undefined && { probeMs }),
      prepare: async (made) => {
        this.#prepared = await prepare?.(made, this.#still);
        await this.#guard(made);
        made.setNotificationHandler("notifications/tools/list_changed", () => relister.changed());
      },
    });
    this.greeting = client.greeting;
    void this.#prepared?.greeted();
    greeted = client.client;
    this.#link.onRenewed = () => this.#renew(relister);
    await this.#follow(client.client, relister);
    this.#connected = client.client;
    return client.client;
  }

  /** What a server says may be wrong in form, or too much. */
  async #guard(client: Client): Promise<void> {
    const { onComplaint } = this.#options;
    await mendMessages(client, this.#link.transport, onComplaint);
    await nameUnusableResults(client);
    boundToolLists(client, onComplaint);
  }

  /** The server has begun the session anew: it knows nothing of the one before, and what it offers may have changed. */
  #renew(relister: Relister): void {
    void this.#prepared?.greeted();
    relister.changed();
    for (const listener of [...this.#onRenewed]) listener();
  }

  /** Lists the tools, and hears of changes where a server has to be asked for them. */
  async #follow(client: Client, relister: Relister): Promise<void> {
    const filter = client.getProtocolEra() === "modern" ? filterFor(client) : undefined;
    const { signal } = this.#ended;
    const listening = { signal, clock: this.#clock, onGap: () => relister.changed() };
    if (filter) void keepListening(client, filter, listening);
    await this.#list(client);
  }

  async #list(client: Client): Promise<void> {
    // Asking a server that has no tools makes the SDK write to the console.
    if (!client.getServerCapabilities()?.tools) return this.#options.onTools([]);
    const timeout = this.#options.connectTimeoutMs;
    const { tools } = await client.listTools(undefined, { timeout, cacheMode: "refresh" });
    this.#options.onTools(describeTools(tools));
  }

  async #relist(client: Client): Promise<void> {
    try {
      await this.#list(client);
    } catch (error) {
      const words = await wordsFor(error);
      if (client.transport) this.#options.onComplaint(`did not list its changed tools: ${words}`);
    }
  }

  /** A connection that broke during the handshake tells more by its own reason than by the request that failed. */
  async #reasonOf(error: unknown): Promise<HandshakeFailed | ConnectionLost> {
    if (error instanceof HandshakeFailed) return error;
    const lost = error instanceof ConnectionLost ? error : await this.#lossBehind(error);
    if (lost?.cause instanceof RemoteFailure) return this.#failed(lost.cause.message, lost.cause);
    return lost ?? this.#failed(await wordsFor(error), error);
  }

  /** The loss of the connection, where that is what made a request of the handshake fail. */
  async #lossBehind(error: unknown): Promise<ConnectionLost | undefined> {
    const { SdkError, SdkErrorCode } = await import("@modelcontextprotocol/client");
    if (!(error instanceof SdkError)) return undefined;
    // A probe that failed has closed the transport, whose own reason comes first where there is one.
    const closed =
      error.code === SdkErrorCode.ConnectionClosed || error.code === SdkErrorCode.EraNegotiationFailed;
    const lost = closed ? await this.#link.lost : undefined;
    return lost?.reason === "stopped" && !this.#stopped ? undefined : lost;
  }

  #late(ms: number): HandshakeFailed {
    const cause = new RequestTimedOut(ms);
    return this.#failed(cause.message, cause);
  }

  #failed(message: string, cause?: unknown): HandshakeFailed {
    const permanent = this.#options.lastTry || (cause instanceof RemoteFailure && cause.permanent);
    return new HandshakeFailed(message, permanent, this.#link.lastWords(), { cause });
  }
}
