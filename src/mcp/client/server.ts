/**
 * The supervised tree of one server: its process and the connection over it, one_for_all. It has a supervisor to
 * itself, so that its restarts are counted against its own budget alone.
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
import { type Connection, type ConnectionOptions, openConnection } from "./connection.ts";
import type { ServerConfig } from "./port.ts";

/** What all servers share. */
export interface ServerSurroundings {
  intensity: Intensity;
  clientInfo: ConnectionOptions["clientInfo"];
  /** Learns of every process group, so that the end of the program can take them along. */
  tracker?: GroupTracker;
  clock?: Clock;
  random?: () => number;
  /** How often a server is asked for a sign of life; see HEALTH. */
  health?: Omit<HealthProbe<Connection>, "check">;
}

/** What the manager hears of one server. */
export interface ServerObserver extends Pick<ConnectionOptions, "onTools" | "onComplaint"> {
  /** Events of the server's own supervisor. */
  listener: Listener;
  /** A new connection is there; it is not ready yet. */
  onConnection: (connection: Connection) => void;
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
  const backoff = backoffWithin(intensity);
  const shared = { restart: config.restart, type: "worker", backoff } as const;
  let current: ProcessHandle | undefined;

  const startProcess = async () => {
    const running = spawnProcess({
      command: config.command,
      args: config.args,
      env: childEnvironment(config.env),
      clock,
      ...(config.cwd !== undefined && { cwd: config.cwd }),
      ...(surroundings.tracker && { tracker: surroundings.tracker }),
    });
    current = running.handle;
    return running;
  };
  const startConnection = async () => {
    if (!current) throw new Error("the connection was started before its process");
    const running = openConnection(current, {
      clientInfo: surroundings.clientInfo,
      connectTimeoutMs: config.connectTimeoutMs,
      onTools: observer.onTools,
      onComplaint: observer.onComplaint,
      lastTry: observer.unreadyInARow() >= intensity.maxRestarts,
      clock,
    });
    observer.onConnection(running.handle);
    return running;
  };
  const health: HealthProbe<Connection> = {
    check: (connection, signal) => connection.ping(signal),
    ...(surroundings.health ?? HEALTH),
  };
  const children: ChildSpec[] = [
    { ...shared, id: "process", shutdown: PROCESS_SHUTDOWN_MS, start: startProcess },
    { ...shared, id: "connection", shutdown: CONNECTION_SHUTDOWN_MS, start: startConnection, health },
  ];
  const options = {
    strategy: "one_for_all",
    intensity,
    clock,
    children,
    listener: observer.listener,
  } as const;
  return supervisorSpec(config.name, { ...options, ...(random && { random }) }, "transient");
}
