/** The inference process as a supervised child: ready when it takes requests, gone when its end has been told. */
import { basename } from "node:path";
import { type Clock, systemClock } from "../lib/clock.ts";
import { settlesWithin } from "../lib/deadline.ts";
import { childEnvironment } from "../process/environment.ts";
import type { ProcessExit } from "../process/exit.ts";
import { outOfMemoryKills } from "../process/oom.ts";
import { type RunningProcess, spawnProcess } from "../process/spawn.ts";
import { DEFAULT_GRACES } from "../process/stop.ts";
import type { GroupTracker } from "../process/tracker.ts";
import { backoffWithin } from "../supervisor/policy.ts";
import type { ChildSpec, Exit, Intensity, Running } from "../supervisor/spec.ts";
import { endProblem, endReason, tellingWords } from "./crash.ts";
import { HostLink, type LinkLimits } from "./host-link.ts";
import { availableMemory, isLow } from "./memory.ts";
import type { LoadedModel } from "./port.ts";
import { ModelError, type ModelProblem } from "./problem.ts";
import { HOST_SETTINGS_VARIABLE, type HostSettings, type ToHost } from "./protocol.ts";

export interface HostSurroundings {
  command: readonly [string, ...string[]];
  /** Read at each start. */
  settings: () => HostSettings;
  observer: HostObserver;
  intensity: Intensity;
  limits?: Partial<HostLimits>;
  /** Where its environment is taken from, the harmless part of it. */
  env?: Readonly<Record<string, string | undefined>>;
  tracker?: GroupTracker;
  clock?: Clock;
}

/** Who hears of the lives of the process. */
export interface HostObserver {
  up(link: HostLink): void;
  /** It takes no requests any more; it may never have done so. */
  down(link: HostLink, end: HostEnd): void;
  /** The models in its memory. */
  loaded(): readonly LoadedModel[];
}

export interface HostEnd {
  problem: ModelProblem;
  /** How it ended, for brackets. */
  reason: string;
  /** What it said of that, if anything. */
  words: string;
  /** We have stopped it ourselves. */
  asked: boolean;
}

export interface HostLimits extends LinkLimits {
  /** Milliseconds from the start to ready. */
  readyMs: number;
  /** Milliseconds to write down what was evaluated, before it is stopped. */
  keepMs: number;
}

/** What the tree and its parts see of it. */
export interface Host {
  readonly pid: number;
  readonly link: HostLink;
  /** For the view of the tree: the models in its memory. */
  parts(): { id: string; state: string }[];
}

const READY_MS = 30_000;
const KEEP_MS = 3000;
/** The end of the channel mostly comes with the end of the process. */
const EXIT_AFTER_CHANNEL_MS = 1000;
const STOP_MS = DEFAULT_GRACES.endOfInputMs + DEFAULT_GRACES.terminateMs + 500;
/** What the drivers of accelerators go by; nothing of it is secret. */
const ACCELERATOR_VARIABLES = ["CUDA_VISIBLE_DEVICES", "GGML_VK_VISIBLE_DEVICES", "LD_LIBRARY_PATH"];

export function hostSpec(surroundings: HostSurroundings): ChildSpec<Host> {
  const { intensity, limits } = surroundings;
  return {
    id: "host",
    type: "worker",
    restart: "permanent",
    shutdown: (limits?.keepMs ?? KEEP_MS) + STOP_MS,
    backoff: backoffWithin(intensity),
    async start({ signal }) {
      signal.throwIfAborted();
      const host = new HostProcess(surroundings);
      await host.untilReady(signal);
      return host;
    },
  };
}

class HostProcess implements Running<Host>, Host {
  readonly handle = this;
  readonly exited: Promise<Exit>;
  readonly link: HostLink;
  readonly #running: RunningProcess;
  readonly #surroundings: HostSurroundings;
  readonly #clock: Clock;
  readonly #killsBefore = outOfMemoryKills();
  /** Why we have killed it: it goes on after "the inference process". */
  #hung: string | undefined;
  #stopping = false;

  /** Throws SpawnError. */
  constructor(surroundings: HostSurroundings) {
    this.#surroundings = surroundings;
    const { limits, clock = systemClock } = surroundings;
    this.#clock = clock;
    this.#running = startProcess(surroundings, {
      onMessage: (message) => this.link.receive(message),
      onClosed: () => void this.#onClosed(),
    });
    const send = (message: ToHost) => this.#running.handle.send(message);
    const onHung = (why: string) => this.#killHung(why);
    this.link = new HostLink({ send, onHung, clock, ...(limits && { limits }) });
    this.exited = this.#running.exited.then((exit) => this.#end(exit));
  }

  get pid(): number {
    return this.#running.handle.pid;
  }

  parts(): { id: string; state: string }[] {
    return this.#surroundings.observer.loaded().map(({ path }) => ({ id: basename(path), state: "loaded" }));
  }

  /** Throws ModelError once it is gone again. */
  async untilReady(signal: AbortSignal): Promise<void> {
    const { limits, observer } = this.#surroundings;
    const readyMs = limits?.readyMs ?? READY_MS;
    const giveUp = () => this.kill();
    const cancelLate = this.#clock.setTimer(readyMs, () =>
      this.#killHung(`was not ready within ${Math.round(readyMs / 1000)} s`),
    );
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await this.link.ready;
      observer.up(this.link);
    } finally {
      cancelLate();
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Has it write down what it has evaluated, as far as there is time, and begins the stop recipe. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    const problem: ModelProblem = { code: "crashed", message: "the inference process was stopped" };
    const end = { problem, reason: "it was stopped", words: "", asked: true };
    this.#surroundings.observer.down(this.link, end);
    void this.#keep().then(() => this.#running.stop());
  }

  kill(): void {
    this.#running.kill();
  }

  async #keep(): Promise<void> {
    const kept = this.link.call("keep", {}, { signal: new AbortController().signal });
    await settlesWithin(kept, this.#surroundings.limits?.keepMs ?? KEEP_MS, this.#clock);
  }

  #killHung(why: string): void {
    this.#hung ??= why;
    this.kill();
  }

  /** Deaf to us, it is of no use, whether it knows that or not. */
  async #onClosed(): Promise<void> {
    const ended = await settlesWithin(this.#running.exited, EXIT_AFTER_CHANNEL_MS, this.#clock);
    if (!ended && !this.#stopping) this.#killHung("closed its channel");
  }

  #end(exit: ProcessExit): Exit {
    const killsNow = outOfMemoryKills() ?? 0;
    const memoryRanOut = this.#killsBefore !== undefined && killsNow > this.#killsBefore;
    const killedFor = this.#hung;
    const circumstances = {
      memoryRanOut,
      memoryIsLow: isLow(availableMemory()),
      ...(killedFor !== undefined && { killedFor }),
    };
    const problem = endProblem(exit, circumstances);
    const end = { problem, reason: endReason(exit, circumstances), words: tellingWords(exit), asked: false };
    if (!this.#stopping) this.#surroundings.observer.down(this.link, end);
    this.link.end(problem);
    return this.#hung === undefined ? exit : { kind: "crash", error: new ModelError(problem) };
  }
}

interface Listening {
  onMessage(message: unknown): void;
  onClosed(): void;
}

function startProcess(surroundings: HostSurroundings, channel: Listening): RunningProcess {
  const { command, settings, tracker, clock, env = process.env } = surroundings;
  const [program, ...args] = command;
  const named: Record<string, string> = { [HOST_SETTINGS_VARIABLE]: JSON.stringify(settings()) };
  for (const name of ACCELERATOR_VARIABLES) if (env[name] !== undefined) named[name] = env[name];
  return spawnProcess({
    command: program,
    args,
    env: childEnvironment(named, env),
    channel,
    ...(tracker && { tracker }),
    ...(clock && { clock }),
  });
}
