/**
 * The inference process: operations in over the IPC channel, news and results out. llama.cpp may abort the process it lives
 * in, which is why it is not mcpchat's own. It ends with the channel.
 */
import type { AvailableMemory } from "../memory.ts";
import { problemOf } from "../problem.ts";
import {
  type FromHost,
  HOST_SETTINGS_VARIABLE,
  type HostSettings,
  type News,
  type ToHost,
} from "../protocol.ts";
import { Host, type OperationContext } from "./operations.ts";

const ALIVE_MS = 1000;

/** Serves until the channel ends; the exit code. `memory` says what there is for models. */
export async function runHost(memory?: () => AvailableMemory): Promise<number> {
  const settings = process.env[HOST_SETTINGS_VARIABLE];
  if (!process.send || settings === undefined) return 2;
  // The executable starts with a policy for short runs, in which what is said token by token is no short one.
  Bun.unsafe.setJITPolicy(1);
  // Written by the process that started this one.
  const host = new Host(JSON.parse(settings) as HostSettings, memory);
  const running = new Map<number, AbortController>();
  const ended = Promise.withResolvers<number>();
  const tell = (message: FromHost) => {
    if (process.connected) process.send?.(message);
  };
  process.on("disconnect", () => ended.resolve(0));
  process.on("message", (message: ToHost) => {
    if (message.type === "cancel") running.get(message.id)?.abort();
    else void serve(host, message, running, tell);
  });
  tell({ type: "ready" });
  host.open().catch(() => {});
  return ended.promise;
}

type Asked = Exclude<ToHost, { type: "cancel" }>;

async function serve(
  host: Host,
  message: Asked,
  running: Map<number, AbortController>,
  tell: (message: FromHost) => void,
): Promise<void> {
  const { id } = message;
  const ended = new AbortController();
  running.set(id, ended);
  const alive = setInterval(() => tell({ type: "alive", id }), ALIVE_MS);
  const context = { tell: (news: News) => tell({ type: "news", id, news }), signal: ended.signal };
  try {
    tell({ type: "result", id, value: await perform(host, message, context) });
  } catch (error) {
    tell({ type: "problem", id, problem: problemOf(error) });
  } finally {
    clearInterval(alive);
    running.delete(id);
  }
}

function perform(host: Host, message: Asked, context: OperationContext): Promise<unknown> {
  switch (message.type) {
    case "load":
      return host.load(message, context);
    case "unload":
      return host.unload(message);
    case "info":
      return host.info(message);
    case "acceleration":
      return host.acceleration();
    case "bench":
      return host.bench(message, context);
    case "generate":
      return host.generate(message, context);
    case "keep":
      return host.keep();
  }
}
