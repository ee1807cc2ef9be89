/**
 * The supervised tree of one server: its process, if it is ours, and the connection to it, one_for_all. It has a
 * supervisor to itself, so that its restarts are counted against its own budget alone.
 */
import { type Clock, systemClock } from "../../lib/clock.ts";
import { childEnvironment } from "../../process/environment.ts";
import { type ProcessHandle, spawnProcess } from "../../process/spawn.ts";
import { DEFAULT_GRACES } from "../../process/stop.ts";
import type { GroupTracker } from "../../process/tracker.ts";
import { backoffWithin } from "../../supervisor/policy.ts";
import type { ChildSpec, HealthProbe, Intensity, Listener } from "../../supervisor/spec.ts";
import { supervisorSpec } from "../../supervisor/start.ts";
import type { Supervisor } from "../../supervisor/supervisor.ts";
import type { AuthFor } from "./auth/port.ts";
import type { RemoteConfig, ServerConfig, StdioConfig } from "./config.ts";
import type { Link } from "./link/link.ts";
import { stdioLink } from "./link/stdio-link.ts";
import type { Prepare } from "./requests/prepare.ts";
import { type Connection, type ConnectionOptions, openConnection } from "./session/connection.ts";
import type { KnownEra } from "./session/eras.ts";

/** What all servers share. */
export interface ServerSurroundings {
  intensity: Intensity;
  clientInfo: ConnectionOptions["clientInfo"];
  /** Learns of every process group, so that the end of the program can take them along. */
  tracker?: GroupTracker;
  /** How long a process is given to say which era it speaks, in milliseconds. */
  probeMs?: number;
  clock?: Clock;
  random?: () => number;
  /** How often a server is asked for a sign of life; see HEALTH. */
  health?: Omit<HealthProbe<Connection>, "check">;
  /** Who we are to a remote server; nobody when absent. */
  authFor?: AuthFor;
  /** Prepares a client to answer what a server asks of us. */
  prepare?: Prepare;
  /** Takes what a server writes to its stderr, as it comes; must not throw. Not safe for a terminal. */
  onStderr?: (server: string, chunk: Uint8Array) => void;
}

/** What the manager hears of one server. */
export interface ServerObserver extends Pick<ConnectionOptions, "onTools" | "onComplaint"> {
  /** Events of the server's own supervisor. */
  listener: Listener;
  /** A new connection is there; it is not ready yet. */
  onConnection: (connection: Connection) => void;
  /** What is known of the era that the server speaks, for the next connection. */
  era: () => KnownEra | undefined;
  /** Whether that connection waits longer for the answer when it asks; after `era`. */
  isPatient: () => boolean;
  /** How many connections in a row were not ready before they ended. */
  unreadyInARow: () => number;
}

/** Beyond the graces of the stop recipe, which ends with SIGKILL by itself. */
const PROCESS_SHUTDOWN_MS = DEFAULT_GRACES.endOfInputMs + DEFAULT_GRACES.terminateMs + 500;
const CONNECTION_SHUTDOWN_MS = 1000;
/** A server that hangs is found within two minutes; one that is only slow is left alone. */
const HEALTH = { everyMs: 30_000, timeoutMs: 10_000, misses: 3 } as const;

/** The specification of one server for the dynamic supervisor. */
export function serverSpec(
  config: ServerConfig,
  observer: ServerObserver,
  surroundings: ServerSurroundings,
): ChildSpec<Supervisor> {
  const { intensity, clock = systemClock, random } = surroundings;
  const shared = { restart: config.restart, type: "worker", backoff: backoffWithin(intensity) } as const;
  let current: ProcessHandle | undefined;

  const startProcess = async (stdio: StdioConfig) => {
    const running = spawnProcess(processOptions(stdio, surroundings));
    current = running.handle;
    return running;
  };
  const link = async (): Promise<Link> => {
    if (config.transport !== "stdio") return linkTo(config, observer, surroundings);
    if (!current) throw new Error("the connection was started before its process");
    const onNoise = (line: string) => observer.onComplaint(`writes what is not JSON to stdout: ${line}`);
    return stdioLink(current, { onNoise });
  };
  const startConnection = async () => {
    const running = openConnection(await link(), connectionOptions(config, observer, surroundings));
    observer.onConnection(running.handle);
    return running;
  };
  const health: HealthProbe<Connection> = {
    check: (connection, signal) => connection.ping(signal),
    ...(surroundings.health ?? HEALTH),
  };
  const connection = {
    ...shared,
    id: "connection",
    shutdown: CONNECTION_SHUTDOWN_MS,
    start: startConnection,
    health,
  };
  const children: ChildSpec[] = [connection];
  if (config.transport === "stdio") {
    const start = () => startProcess(config);
    children.unshift({ ...shared, id: "process", shutdown: PROCESS_SHUTDOWN_MS, start });
  }
  const options = {
    strategy: "one_for_all",
    intensity,
    clock,
    children,
    listener: observer.listener,
  } as const;
  return supervisorSpec(config.name, { ...options, ...(random && { random }) }, "transient");
}

function processOptions(config: StdioConfig, { clock = systemClock, tracker, onStderr }: ServerSurroundings) {
  return {
    command: config.command,
    args: config.args,
    env: childEnvironment(config.env),
    clock,
    ...(config.cwd !== undefined && { cwd: config.cwd }),
    ...(tracker && { tracker }),
    ...(onStderr && { onStderr: (chunk: Uint8Array) => onStderr(config.name, chunk) }),
  };
}

/** Most runs have no remote server: what reaches one is loaded for the first. */
async function linkTo(
  config: RemoteConfig,
  { onComplaint }: ServerObserver,
  { clock = systemClock, authFor }: ServerSurroundings,
): Promise<Link> {
  const { remoteLink } = await import("./remote/link.ts");
  const auth = await authFor?.(config);
  const onNoise = (reason: string) => onComplaint(`sends what is not JSON-RPC: ${reason}`);
  return remoteLink(config, { clock, onNoise, ...(auth && { auth }) });
}

function connectionOptions(
  config: ServerConfig,
  observer: ServerObserver,
  { clientInfo, clock = systemClock, prepare, intensity, probeMs }: ServerSurroundings,
): ConnectionOptions {
  // The older HTTP has no newer era, and some of its servers are silent when they are asked for it.
  const era = config.transport === "sse" ? ({ kind: "legacy" } as const) : observer.era();
  return {
    clientInfo,
    connectTimeoutMs: config.connectTimeoutMs,
    onTools: observer.onTools,
    onComplaint: observer.onComplaint,
    ...(era && { era }),
    ...(!era && observer.isPatient() && { patient: true }),
    ...(probeMs !== undefined && { probeMs }),
    ...(prepare && { prepare: (client, still) => prepare(config, client, still) }),
    lastTry: observer.unreadyInARow() >= intensity.maxRestarts,
    clock,
  };
}
