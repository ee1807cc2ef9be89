/**
 * A channel of JSON messages to a process that runs Bun as we do (`process.send` and its event `message` there).
 *
 * What Bun does, measured: messages that have left the dying process arrive before its end is told; what it still held
 * itself is lost. `send` never waits: what a process does not read is kept in our memory. Something that is no JSON
 * closes the channel while the process lives on.
 */
import { WriteError } from "./errors.ts";

export interface ChannelOptions {
  /** Hears each message, in order; any JSON value may come. Must not throw. */
  onMessage(message: unknown): void;
  /** No more messages come or go: the process has ended or closed its end, or it has sent what is no JSON. */
  onClosed?(): void;
}

export interface Channel {
  /** Resolves when no more messages will come. */
  closed: Promise<void>;
  /** To be added to the options of Bun.spawn. */
  spawning: { serialization: "json"; ipc(message: unknown): void; onDisconnect(): void };
}

export function createChannel({ onMessage, onClosed }: ChannelOptions): Channel {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const onDisconnect = () => {
    resolve();
    onClosed?.();
  };
  return { closed, spawning: { serialization: "json", ipc: (message) => onMessage(message), onDisconnect } };
}

/** Sends one message, at once and without knowing whether it is read. Throws WriteError `closed`. */
export function sendMessage(child: { send(message: object): void }, message: object): void {
  try {
    child.send(message);
  } catch (error) {
    throw new WriteError("closed", "the process does not take messages any more", { cause: error });
  }
}
