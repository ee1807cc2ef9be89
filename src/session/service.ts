/**
 * The supervised service `session`: the current conversation. Which one it is outlives it, its words are in the
 * store: killed and restarted, it loads the same conversation, and writes what an answer in flight had not written.
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Notify } from "../lib/notice.ts";
import type { ChildSpec, Exit, Running } from "../supervisor/spec.ts";
import { LiveConversation, type Memory, newMemory } from "./conversation.ts";
import type { Conversation, Store } from "./port.ts";

export interface SessionServiceOptions {
  /** The store's present handle; may throw while the store restarts. */
  store: () => Store;
  notify: Notify;
  clock?: Clock;
}

/** The spec of the service. It begins with a new conversation; `open` says otherwise. */
export function sessionService(options: SessionServiceOptions): ChildSpec<Conversation> {
  const memory = newMemory();
  return {
    id: "session",
    type: "worker",
    restart: "permanent",
    shutdown: 1000,
    start: async () => startIncarnation(options, memory),
  };
}

function startIncarnation(options: SessionServiceOptions, memory: Memory): Running<Conversation> {
  const { store, notify, clock = systemClock } = options;
  // What an answer wrote behind is on disk first, so that it is loaded.
  for (const answer of memory.answers) answer.flush();
  const conversation = new LiveConversation({ store, notify, clock }, memory);
  const exited = Promise.withResolvers<Exit>();
  const end = (exit: Exit, forEachAnswer: "flush" | "pause") => {
    for (const answer of memory.answers) answer[forEachAnswer]();
    // A later incarnation may be current already when this one is told to end.
    if (memory.current === conversation) memory.current = undefined;
    exited.resolve(exit);
  };
  return {
    handle: conversation,
    exited: exited.promise,
    stop: () => end({ kind: "shutdown" }, "flush"),
    kill: () => end({ kind: "killed" }, "pause"),
  };
}
