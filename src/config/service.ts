/**
 * The supervised service `config`: the configuration in force. What it knows outlives it: a restart while the
 * file on disk is bad goes on with the last good one, and those who subscribed stay subscribed.
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import { describeError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import type { ChildSpec, Exit, Running } from "../supervisor/spec.ts";
import type { Configuration } from "./configuration.ts";
import type { Loaded } from "./load.ts";
import { watchFiles } from "./watch.ts";

export interface ConfigService {
  current(): Configuration;
  /** Reads the files again now. A bad one is reported and changes nothing. Never rejects. */
  reload(): Promise<void>;
  /** Called after each change, also one that a restart finds; the returned function ends it. */
  onChange(listener: (configuration: Configuration) => void): () => void;
}

export interface ConfigServiceOptions {
  load: () => Promise<Loaded>;
  notify: Notify;
  /** Whether to follow changes of the files; a one-shot run does not, and saves the time. */
  watch: boolean;
  clock?: Clock;
}

/** What outlives an incarnation. */
interface Memory {
  good: Configuration | undefined;
  /** The files of the last good load. */
  files: readonly string[];
  listeners: Set<(configuration: Configuration) => void>;
  /** The last lines said, so that a restart or a second event for one edit does not repeat them. */
  saidError: string | undefined;
  saidNotices: Set<string>;
}

/** The spec of the service. Its first start throws ConfigurationError when there is no good configuration. */
export function configService(options: ConfigServiceOptions): ChildSpec<ConfigService> {
  const memory: Memory = {
    good: undefined,
    files: [],
    listeners: new Set(),
    saidError: undefined,
    saidNotices: new Set(),
  };
  return {
    id: "config",
    type: "worker",
    restart: "permanent",
    shutdown: 1000,
    start: () => startIncarnation(options, memory),
  };
}

async function startIncarnation(
  options: ConfigServiceOptions,
  memory: Memory,
): Promise<Running<ConfigService>> {
  const exited = Promise.withResolvers<Exit>();
  let live = true;
  let stopWatching: (() => void) | undefined;

  const follow = () => {
    stopWatching?.();
    stopWatching = watchFiles(memory.files, () => void reload(), options.clock ?? systemClock);
  };
  let loading = Promise.resolve();
  // One after the other: an older load must not end after a newer one.
  const reload = () => {
    loading = loading.then(async () => {
      const before = memory.files;
      await refresh(options, memory, () => live);
      if (options.watch && live && !Bun.deepEquals(before, memory.files)) follow();
    });
    return loading;
  };
  const end = (exit: Exit) => {
    live = false;
    stopWatching?.();
    exited.resolve(exit);
  };

  await refresh(options, memory, () => live);
  if (options.watch) follow();
  return {
    handle: { current: () => inForce(memory), reload, onChange: (listener) => subscribe(memory, listener) },
    exited: exited.promise,
    stop: () => end({ kind: "shutdown" }),
    kill: () => end({ kind: "killed" }),
  };
}

/** Loads once; what was good before stays in force if that fails. Throws only when nothing was. */
async function refresh(options: ConfigServiceOptions, memory: Memory, isLive: () => boolean): Promise<void> {
  try {
    const loaded = await options.load();
    if (isLive()) accept(options.notify, memory, loaded);
  } catch (error) {
    if (!memory.good) throw error;
    if (isLive()) reportBad(options.notify, memory, describeError(error));
  }
}

function accept(notify: Notify, memory: Memory, loaded: Loaded): void {
  memory.saidError = undefined;
  memory.files = loaded.files;
  for (const notice of loaded.notices) {
    if (!memory.saidNotices.has(notice)) notify("warn", notice);
    memory.saidNotices.add(notice);
  }
  const before = memory.good;
  if (Bun.deepEquals(before, loaded.configuration)) return;
  memory.good = loaded.configuration;
  if (before) tellListeners(notify, memory.listeners, loaded.configuration);
}

function reportBad(notify: Notify, memory: Memory, line: string): void {
  if (memory.saidError === line) return;
  memory.saidError = line;
  notify("error", `${line}; the last good configuration stays in force`);
}

/** One listener's failure must not keep the news from the others. */
function tellListeners(notify: Notify, listeners: Memory["listeners"], configuration: Configuration): void {
  for (const listener of [...listeners]) {
    try {
      listener(configuration);
    } catch (error) {
      notify("error", `a change of the configuration was not taken up: ${describeError(error)}`);
    }
  }
}

function inForce(memory: Memory): Configuration {
  if (!memory.good) throw new Error("the configuration was asked for before it was loaded");
  return memory.good;
}

function subscribe(memory: Memory, listener: (configuration: Configuration) => void): () => void {
  memory.listeners.add(listener);
  return () => memory.listeners.delete(listener);
}
