/**
 * One operating-system process in a session and a group of its own: Ctrl-C at the terminal does not reach it, and its
 * children can be ended with it.
 */
import { statSync } from "node:fs";
import { type Clock, systemClock } from "../lib/clock.ts";
import { settlesWithin } from "../lib/deadline.ts";
import { type Channel, type ChannelOptions, createChannel, sendMessage } from "./channel.ts";
import { type ResourceUse, SpawnError, WriteError } from "./errors.ts";
import { type Asked, type ProcessExit, type RawEnd, readExit } from "./exit.ts";
import { killGroup } from "./group.ts";
import { endInput, writeInput } from "./input.ts";
import { collectLastWords } from "./last-words.ts";
import { readUntilEnd } from "./output.ts";
import { DEFAULT_GRACES, type Graces, stopGroup } from "./stop.ts";
import type { GroupTracker } from "./tracker.ts";

export interface SpawnOptions {
  command: string;
  args: readonly string[];
  /** The whole environment: see childEnvironment. */
  env: Readonly<Record<string, string>>;
  cwd?: string;
  graces?: Graces;
  /** Milliseconds that output is still read after the end of the process. */
  drainMs?: number;
  tracker?: GroupTracker;
  clock?: Clock;
  /** Takes what it writes to its standard error, as it comes; must not throw. */
  onStderr?: (chunk: Uint8Array) => void;
  /** Opens a channel of messages. Nobody has to read its standard output then: it counts as last words. */
  channel?: ChannelOptions;
}

/** What can be done with a live process. */
export interface ProcessHandle {
  readonly pid: number;
  /** Its standard output; to be read by one reader. Ends soon after the process, whoever holds the pipe. */
  readonly stdout: AsyncIterable<Uint8Array>;
  /**
   * The last lines of its standard error, oldest first, those of its standard output before them where it has a
   * channel; not safe for a terminal.
   */
  lastWords(): string[];
  /** Writes to its input; throws WriteError after `deadlineMs`, or when nobody is there to read. */
  write(data: string | Uint8Array, deadlineMs: number): Promise<void>;
  /** Sends a message over its channel; throws WriteError when there is none any more. */
  send(message: object): void;
  readonly exited: Promise<ProcessExit>;
}

/** The shape of the supervisor's `Running`, so that a process can be a supervised child as it is. */
export interface RunningProcess {
  handle: ProcessHandle;
  /** Settles once the process has ended, its group was swept, its last words and messages were read. Never rejects. */
  exited: Promise<ProcessExit>;
  /** Begins the stop recipe. */
  stop(): void;
  /** Sends SIGKILL to the group. */
  kill(): void;
}

const DEFAULT_DRAIN_MS = 100;

/**
 * Starts a process. Throws SpawnError at once if that is impossible; `permanent` is set on it when the command or the
 * folder does not exist or may not be used.
 */
export function spawnProcess(options: SpawnOptions): RunningProcess {
  const clock = options.clock ?? systemClock;
  const drainMs = options.drainMs ?? DEFAULT_DRAIN_MS;
  const channel = options.channel && createChannel(options.channel);
  const { child, forget } = startTracked(options, channel);
  let asked: Asked = "nothing";
  let alive = true;

  const ended = child.exited.then(() => {
    alive = false;
    // A grandchild may outlive the leader and hold its pipes: whatever the end was, the group goes with it.
    killGroup(child.pid);
    forget?.();
  });
  const read = (stream: ReadableStream<Uint8Array>) => readUntilEnd(stream, ended, drainMs, clock);
  const [stdout, stderr] = [read(child.stdout), read(child.stderr)];
  const lastWords = collectLastWords(channel ? [stdout, stderr] : [stderr], options.onStderr);
  const lastMessages = channel && ended.then(() => settlesWithin(channel.closed, drainMs, clock));
  const exited = Promise.all([ended, lastWords.read, lastMessages]).then(() =>
    readExit(endOf(child), asked, lastWords.lines(), useOf(child)),
  );
  const kill = () => {
    asked = "kill";
    // Once the leader is gone its number may belong to somebody else.
    if (alive) killGroup(child.pid);
  };
  const stop = () => {
    if (asked !== "nothing" || !alive) return;
    asked = "stop";
    const end = () => {
      endInput(child.stdin);
      if (channel) child.disconnect();
    };
    const target = { pid: child.pid, ended, endInput: end, kill };
    void stopGroup(target, options.graces ?? DEFAULT_GRACES, clock);
  };
  const handle: ProcessHandle = {
    pid: child.pid,
    stdout: channel ? nothing() : stdout,
    lastWords: lastWords.lines,
    write: (data, deadlineMs) => writeInput(child.stdin, data, deadlineMs, clock),
    send: (message) => {
      if (!channel) throw new WriteError("closed", "the process has no channel");
      sendMessage(child, message);
    },
    exited,
  };
  return { handle, exited, stop, kill };
}

function startTracked(options: SpawnOptions, channel: Channel | undefined) {
  const expected = options.tracker?.expect();
  try {
    const child = startChild(options, channel, expected?.environment);
    return { child, forget: options.tracker?.add(child.pid) };
  } finally {
    expected?.end();
  }
}

function startChild(options: SpawnOptions, channel: Channel | undefined, more: Record<string, string> = {}) {
  try {
    return Bun.spawn([options.command, ...options.args], {
      env: { ...options.env, ...more },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      detached: true,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      ...channel?.spawning,
    });
  } catch (error) {
    throw explainSpawn(error, options);
  }
}

function endOf(child: { exitCode: number | null; signalCode: string | number | null }): RawEnd {
  return { code: child.exitCode, signal: child.signalCode === null ? null : String(child.signalCode) };
}

/** Undefined where the system does not tell. */
function useOf(child: { resourceUsage(): Bun.ResourceUsage | undefined }): ResourceUse | undefined {
  const usage = child.resourceUsage();
  return usage && { cpuMs: Number(usage.cpuTime.total) / 1000, mostMemoryBytes: usage.maxRSS };
}

/** A bad folder is reported as a command that was not found, so the folder is looked at first. */
function explainSpawn(error: unknown, options: SpawnOptions): SpawnError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
  return new SpawnError(code, describeFailure(code, options, error), { cause: error });
}

function describeFailure(code: string, { command, cwd }: SpawnOptions, error: unknown): string {
  if (cwd !== undefined && !isFolder(cwd)) return `no such folder: ${cwd}`;
  if (code === "ENOENT") return `command not found: ${command}`;
  if (code === "EACCES") return `not an executable file: ${command}`;
  if (code === "ENOEXEC") return `not a program: ${command}`;
  return `could not start ${command}: ${error instanceof Error ? error.message : String(error)}`;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
