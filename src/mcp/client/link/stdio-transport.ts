/**
 * The stdio transport of MCP over a process that somebody else owns. The SDK's own spawns by itself, learns of a
 * crash only when the last grandchild lets go of stdout, and leaves grandchildren behind.
 */
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { settlesWithin } from "../../../lib/deadline.ts";
import { ConnectionLost } from "../errors.ts";
import { flatten } from "./depth.ts";
import { createLineFramer, LineTooLong } from "./framing.ts";
import { inOrder } from "./in-order.ts";
import { MAX_MESSAGE_BYTES } from "./link.ts";

/** What the transport needs of a process; src/process offers it. */
export interface ServerProcess {
  readonly pid: number;
  /** Ends soon after the process. */
  readonly stdout: AsyncIterable<Uint8Array>;
  lastWords(): string[];
  write(data: string, deadlineMs: number): Promise<void>;
  /** How it ended; never rejects. */
  readonly exited: Promise<{ kind: string; error?: unknown }>;
}

export interface TransportOptions {
  /** A longer line ends the connection. */
  maxLineBytes?: number;
  /** Milliseconds in which a server has to take what it is sent; a server that does not read ends the connection. */
  sendDeadlineMs?: number;
  /** Called once, for the first line on stdout that is not JSON-RPC. */
  onNoise?: (line: string) => void;
}

/** So many lines in a row without a message among them are no mishap any more. */
const MAX_NOISE_LINES = 100_000;
const SEND_DEADLINE_MS = 10_000;
/** The end of stdout mostly comes with the end of the process, which says more about the reason. */
const EXIT_AFTER_OUTPUT_MS = 250;

export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  /** By this member and `pid` the SDK knows a stdio transport; what the server writes there is read elsewhere. */
  readonly stderr = null;
  /** Resolves with the reason once the connection is over. */
  readonly lost: Promise<ConnectionLost>;
  /** Lines on stdout that were not JSON-RPC. */
  noise = 0;
  /** Lines since the last message. */
  #inARow = 0;
  readonly #process: ServerProcess;
  readonly #options: Required<TransportOptions>;
  readonly #lost = Promise.withResolvers<ConnectionLost>();
  readonly #arrived = inOrder(
    (message) => this.onmessage?.(flatten(message)),
    (error) => this.onerror?.(error),
  );
  #reading: Promise<void> | undefined;
  #closed = false;

  constructor(process: ServerProcess, options: TransportOptions = {}) {
    this.#process = process;
    this.#options = {
      maxLineBytes: options.maxLineBytes ?? MAX_MESSAGE_BYTES,
      sendDeadlineMs: options.sendDeadlineMs ?? SEND_DEADLINE_MS,
      onNoise: options.onNoise ?? (() => {}),
    };
    this.lost = this.#lost.promise;
  }

  get pid(): number {
    return this.#process.pid;
  }

  async start(): Promise<void> {
    this.#reading = this.#read();
  }

  /** Sends one message. Throws ConnectionLost, which then is also the end of the connection. */
  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#closed) throw await this.lost;
    try {
      await this.#process.write(`${JSON.stringify(message)}\n`, this.#options.sendDeadlineMs);
    } catch (error) {
      throw await this.#loseInput(error);
    }
  }

  /** Ends the connection; the process is its owner's affair. */
  async close(): Promise<void> {
    // The race takes an exit that is known by now. Who closes because of it must hide neither that nor the last words.
    const exit = await Promise.race([this.#process.exited, undefined]);
    if (exit && this.#reading) return this.#reading;
    this.#end(new ConnectionLost("stopped", "the connection was closed"));
  }

  async #read(): Promise<void> {
    const framer = createLineFramer(this.#options.maxLineBytes);
    try {
      for await (const chunk of this.#process.stdout) {
        // Read on after the end: a server whose output nobody takes could not end politely.
        if (this.#closed) continue;
        for (const line of framer.push(chunk)) this.#receive(line);
      }
    } catch (error) {
      if (error instanceof LineTooLong) {
        return this.#end(new ConnectionLost("line_too_long", error.message, { cause: error }));
      }
      this.onerror?.(asError(error));
    }
    this.#end(await this.#reasonOfSilence("output_closed", "the server closed its output"));
  }

  #receive(line: string): void {
    if (this.#closed) return;
    const messages = line.trim() === "" ? undefined : parseMessages(line);
    if (messages === undefined) {
      this.#ignore(line);
      return;
    }
    this.#inARow = 0;
    for (const message of messages) this.#arrived.push(message);
  }

  #ignore(line: string): void {
    this.#inARow += 1;
    if (this.#inARow > MAX_NOISE_LINES) {
      this.#end(new ConnectionLost("no_messages", "the server writes line after line that is no message"));
      return;
    }
    if (line.trim() === "") return;
    this.noise += 1;
    if (this.noise === 1) this.#options.onNoise(line);
  }

  /** A pipe that broke because the process ended is told as that; its exit comes a moment later. */
  async #loseInput(error: unknown): Promise<ConnectionLost> {
    const late = error instanceof Error && "reason" in error && error.reason === "timeout";
    const lost = late
      ? new ConnectionLost("not_reading", "the server does not read what it is sent", { cause: error })
      : await this.#reasonOfSilence("not_reading", "the server closed its input");
    this.#end(lost);
    return this.lost;
  }

  async #reasonOfSilence(
    otherwise: "output_closed" | "not_reading",
    message: string,
  ): Promise<ConnectionLost> {
    if (!(await settlesWithin(this.#process.exited, EXIT_AFTER_OUTPUT_MS))) {
      return new ConnectionLost(otherwise, message);
    }
    const exit = await this.#process.exited;
    return new ConnectionLost("process_ended", "the server's process ended", { cause: exit.error });
  }

  #end(reason: ConnectionLost): void {
    if (this.#closed) return;
    this.#arrived.flush();
    this.#closed = true;
    this.#lost.resolve(reason);
    this.onclose?.();
  }
}

/** One message, or several: servers of protocol 2025-03-26 may send them in batches. */
function parseMessages(line: string): JSONRPCMessage[] | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    const messages = Array.isArray(parsed) ? parsed : [parsed];
    return messages.every(isMessage) ? messages : undefined;
  } catch {
    return undefined;
  }
}

/** The envelope only: the SDK sorts messages by their members and validates what it takes. */
function isMessage(value: unknown): value is JSONRPCMessage {
  return typeof value === "object" && value !== null && "jsonrpc" in value && value.jsonrpc === "2.0";
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
