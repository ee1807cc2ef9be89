/**
 * One live MCP session over one process: the handshake, the list of tools, and calls. It is a supervised child that
 * is up at once and answers calls once the handshake is done; a handshake that fails is its crash.
 */
import type { Client, Implementation } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { JsonObject } from "../../lib/conversation.ts";
import { withDeadline } from "../../lib/deadline.ts";
import type { Exit, Running } from "../../supervisor/spec.ts";
import { type CallLimits, callTool } from "./call.ts";
import { ConnectionLost, HandshakeFailed } from "./errors.ts";
import type { ToolOutcome } from "./port.ts";
import { createRelister } from "./relist.ts";
import { describeTools, type ToolDescription } from "./tools.ts";
import { type ServerProcess, StdioTransport, type TransportOptions } from "./transport.ts";

export interface Connection {
  readonly pid: number;
  /** Resolves once the server can be called; rejects with the reason if that never comes. */
  readonly ready: Promise<void>;
  /**
   * Calls a tool, after the handshake. A failure that the server reports, or a timeout, is an outcome. Throws
   * ConnectionLost when the server is gone, or the signal's reason at once when it aborts.
   */
  call(name: string, args: JsonObject, limits: Omit<CallLimits, "clock">): Promise<ToolOutcome>;
  /** Resolves with any sign of life; rejects when none comes before the signal aborts. */
  ping(signal: AbortSignal): Promise<void>;
}

export interface ConnectionOptions {
  clientInfo: Implementation;
  /** Milliseconds for the handshake and the first list of tools, together. */
  connectTimeoutMs: number;
  /** Called with the tools at first, and after each change. */
  onTools: (tools: ToolDescription[]) => void;
  /** Called with what a person may want to know about this server: one short sentence, unsanitised. */
  onComplaint: (text: string) => void;
  /** No handshake has worked for so long that a failure of this one is final. */
  lastTry: boolean;
  transport?: TransportOptions;
  clock?: Clock;
}

const RELIST_DEBOUNCE_MS = 50;
/** Above this the pages of a tool list are taken for endless. */
const MAX_PAGES = 64;

/** Begins a session; never throws. */
export function openConnection(process: ServerProcess, options: ConnectionOptions): Running<Connection> {
  return new StdioConnection(process, options);
}

class StdioConnection implements Running<Connection>, Connection {
  readonly handle = this;
  readonly exited: Promise<Exit>;
  readonly ready: Promise<void>;
  readonly #process: ServerProcess;
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #transport: StdioTransport;
  readonly #exit = Promise.withResolvers<Exit>();
  readonly #client = Promise.withResolvers<Client>();
  #connected: Client | undefined;
  #callsUnderWay = 0;

  constructor(process: ServerProcess, options: ConnectionOptions) {
    this.#process = process;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const onNoise = (line: string) => options.onComplaint(`writes what is not JSON to stdout: ${line}`);
    this.#transport = new StdioTransport(process, { onNoise, ...options.transport });
    this.exited = this.#exit.promise;
    this.ready = this.#client.promise.then(() => {});
    // Whoever waits sees the rejection; nobody has to.
    this.ready.catch(() => {});
    void this.#run();
  }

  get pid(): number {
    return this.#process.pid;
  }

  async call(name: string, args: JsonObject, limits: Omit<CallLimits, "clock">): Promise<ToolOutcome> {
    const session = { client: await this.#client.promise, lost: this.#transport.lost };
    this.#callsUnderWay++;
    try {
      return await callTool(session, name, args, { ...limits, clock: this.#clock });
    } finally {
      this.#callsUnderWay--;
    }
  }

  async ping(signal: AbortSignal): Promise<void> {
    // A server that works for us may be too busy to answer, and a call and the handshake have limits of their own.
    if (!this.#connected || this.#callsUnderWay > 0) return;
    const { ProtocolError } = await import("@modelcontextprotocol/client");
    try {
      await this.#connected.ping({ signal });
    } catch (error) {
      // Whoever says that they do not know the method is alive.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  /** Ends the session: calls under way fail with ConnectionLost. The process is stopped by its own owner. */
  stop(): void {
    void this.#transport.close();
    this.#exit.resolve({ kind: "shutdown" });
  }

  kill(): void {
    this.#exit.resolve({ kind: "killed" });
    void this.#transport.close();
  }

  async #run(): Promise<void> {
    try {
      const { connectTimeoutMs } = this.#options;
      const late = () => this.#failed(`no answer within ${connectTimeoutMs} ms`);
      this.#client.resolve(await withDeadline(this.#connect(), connectTimeoutMs, late, this.#clock));
    } catch (error) {
      const reason = await this.#reasonOf(error);
      this.#client.reject(reason);
      await this.#transport.close();
      if (reason instanceof HandshakeFailed) return this.#exit.resolve({ kind: "crash", error: reason });
    }
    this.#exit.resolve(await this.#exitAfter(await this.#transport.lost));
  }

  async #connect(): Promise<Client> {
    const sdk = await import("@modelcontextprotocol/client");
    // A probe for the newer era would cost a start of its own; every server still answers the older handshake.
    const versionNegotiation = { mode: "legacy" } as const;
    const client = new sdk.Client(this.#options.clientInfo, { versionNegotiation, listMaxPages: MAX_PAGES });
    const relister = createRelister(() => this.#relist(client), RELIST_DEBOUNCE_MS, this.#clock);
    let listed = false;
    let changedEarly = false;
    client.setNotificationHandler("notifications/tools/list_changed", () => {
      if (listed) relister.changed();
      else changedEarly = true;
    });
    void this.#transport.lost.then(() => relister.stop());
    await client.connect(this.#transport, { timeout: this.#options.connectTimeoutMs });
    await this.#list(client);
    listed = true;
    this.#connected = client;
    if (changedEarly) relister.changed();
    return client;
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
      if (client.transport) this.#options.onComplaint(`did not list its changed tools: ${messageOf(error)}`);
    }
  }

  /** A connection that broke during the handshake tells more by its own reason than by the request that failed. */
  async #reasonOf(error: unknown): Promise<HandshakeFailed | ConnectionLost> {
    if (error instanceof HandshakeFailed || error instanceof ConnectionLost) return error;
    const { SdkError, SdkErrorCode } = await import("@modelcontextprotocol/client");
    const closed = error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed;
    return closed ? this.#transport.lost : this.#failed(messageOf(error), error);
  }

  #failed(message: string, cause?: unknown): HandshakeFailed {
    return new HandshakeFailed(message, this.#options.lastTry, this.#process.lastWords(), { cause });
  }

  /** A server that ended by itself with 0 is no crash, though its connection is over. */
  async #exitAfter(lost: ConnectionLost): Promise<Exit> {
    if (lost.reason === "stopped") return { kind: "shutdown" };
    if (lost.reason !== "process_ended") return { kind: "crash", error: lost };
    const { kind } = await this.#process.exited;
    return kind === "normal" ? { kind: "normal" } : { kind: "crash", error: lost };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
