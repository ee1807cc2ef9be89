/**
 * The composition root: which services there are, what each needs, and how they are wired. Services start when they
 * are first needed; a command that never talks to a model never opens a pool.
 */

import { type Aliases, aliasService } from "../alias/service.ts";
import { type ChatService, chatService } from "../chat/service.ts";
import { type Loaded, loadConfiguration } from "../config/load.ts";
import { type Paths, pathsFor } from "../config/paths.ts";
import { keyPath } from "../config/problem.ts";
import type { RawConfiguration } from "../config/schema.ts";
import type { ConfigService } from "../config/service.ts";
import { configService } from "../config/service.ts";
import { systemClock } from "../lib/clock.ts";
import { describeError, ExitCode, UserError } from "../lib/errors.ts";
import { type LogFile, type LogLevel, openLogFile } from "../lib/log-file.ts";
import type { Notify } from "../lib/notice.ts";
import type { Prepare } from "../mcp/client/requests/prepare.ts";
import type { Models } from "../models/port.ts";
import { HOST_ARGUMENT } from "../models/protocol.ts";
import { selfCommand } from "../process/self.ts";
import type { Conversation, Store } from "../session/port.ts";
import { sessionService } from "../session/service.ts";
import { storeService } from "../session/store-service.ts";
import type { ChildSpec, Intensity, Listener } from "../supervisor/spec.ts";
import { startSupervisor } from "../supervisor/start.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { type Asking, createAsking } from "./asking.ts";
import { type Circuits, circuitsService } from "./circuits.ts";
import { type ControlOptions, controlService } from "./control.ts";
import { httpSpec, pooledFetch } from "./http.ts";
import type { StoredKeys } from "./keys.ts";
import { divertConsole } from "./library-noise.ts";
import { loadedOnce } from "./loaded-once.ts";
import { type McpService, mcpService } from "./mcp.ts";
import { type ModelsService, modelsService } from "./models.ts";
import { EventHub, logEvents, storeEvents } from "./observe.ts";
import { type Definitions, Registry } from "./registry.ts";
import { runFolder } from "./run-record.ts";
import { createRunRecorder } from "./run-recorder.ts";
import { type ServerLogs, serverLogFolder, serverLogs } from "./server-logs.ts";
import { describeTree, type TreeNode } from "./tree-view.ts";
import type { World } from "./world.ts";

export interface Services {
  config: ConfigService;
  alias: Aliases;
  store: Store;
  session: Conversation;
  http: Supervisor;
  circuits: Circuits;
  mcp: Supervisor;
  models: Supervisor;
  control: Bun.Server<undefined>;
  chat: ChatService;
}

export interface AppOptions {
  world: World;
  notify: Notify;
  /** `--config FILE`. */
  configFile?: string;
  /** What the command line says about the configuration. */
  overrides?: RawConfiguration;
  /** Whether changes of the configuration files are followed. */
  watch: boolean;
  /** `--log-level`. */
  logLevel?: LogLevel;
  /** True when nothing is kept of a run that begins a conversation of its own: it needs no database. */
  storeless?: boolean;
  /** The command line of the inference process; this program's own when absent. */
  inference?: readonly [string, ...string[]];
}

export interface App {
  readonly root: Supervisor;
  readonly paths: Paths;
  readonly services: Registry<Services>;
  /** Aborted by a signal to the process, and when the root supervisor has given up. */
  readonly signal: AbortSignal;
  readonly watches: boolean;
  readonly storeless: boolean;
  readonly mcp: McpService;
  /** Where what servers say is kept. */
  readonly serverLogs: ServerLogs;
  /** Who answers when servers ask. */
  readonly asking: Asking;
  /** Those inside this executable; what runs them starts when one is needed. */
  readonly models: Models;
  readonly notify: Notify;
  /** Keys that are kept: one for all turns, so that a keychain is asked once. What reads them is loaded for the first. */
  keys(): Promise<StoredKeys>;
  /** A `fetch` through the pool of an origin. */
  fetch(origin: string): typeof fetch;
  tree(): TreeNode;
  /** The returned function ends the subscription. */
  onEvent(listener: Listener): () => void;
  stop(): Promise<void>;
}

/** Starts the tree with its configuration loaded; what was begun is ended again if that fails. Throws ConfigurationError. */
export async function startApp(options: AppOptions): Promise<App> {
  const { world, notify } = options;
  const paths = pathsFor(world.env, process.platform);
  const load = loader(options, paths);
  const first = await load();
  let services: Registry<Services> | undefined;
  const hub = new EventHub((event) => services?.notice(event));
  const log = logOf(options, paths);
  await using begun = new AsyncDisposableStack();
  const recorder = createRunRecorder(runFolder(paths.stateFolder));
  begun.defer(() => recorder.close());
  begun.defer(world.groups.observe(recorder));
  begun.defer(divertConsole((line) => log.write("info", { type: "library", text: line })));
  const logs = serverLogs(serverLogFolder(paths));
  begun.defer(() => logs.close());
  const store = () => services?.current("store");
  observe(hub, log, store);
  const failed = failureOfRoot(hub);
  const { supervisor: intensity } = first.configuration;
  const root = await startSupervisor(ROOT, { intensity, listener: hub.tell });
  begun.defer(() => root.stop());
  const tree = () => describeTree(root, performance.now(), describeError);
  const shared = { intensity, listener: hub.tell, notify };
  const current = () => services ?? unavailable("registry");
  const asking = createAsking();
  const prepare = answering(options, asking, () => app);
  const configuration = () => services?.current("config")?.current() ?? first.configuration;
  const mcp = mcpService({ ...options, ...shared, prepare, logs, configuration, store });
  const models = ownModels({ ...options, ...shared, paths }, current);
  const control = { recorder, tree, hub, ...controlOf(paths, mcp, current) };
  const wiring = { ...options, ...shared, paths, load: once(first, load), mcp, models: models.spec, control };
  services = new Registry<Services>(root, definitions(wiring, current));
  await services.need("config");
  const app: App = {
    root,
    asking,
    paths,
    services,
    mcp,
    serverLogs: logs,
    models: models.models,
    notify,
    watches: options.watch,
    storeless: options.storeless ?? false,
    signal: AbortSignal.any([world.signal, failed]),
    ...reachOf(options, paths, current),
    tree,
    onEvent: (listener) => hub.on(listener),
    stop: () => running.disposeAsync(),
  };
  const running = begun.move();
  return app;
}

/** What every request to a model goes out with. */
function reachOf(
  { world, notify }: AppOptions,
  paths: Paths,
  services: () => Registry<Services>,
): Pick<App, "keys" | "fetch"> {
  let keys: Promise<StoredKeys> | undefined;
  return {
    keys() {
      keys ??= import("./keys.ts").then(({ storedKeys }) => storedKeys({ paths, env: world.env, notify }));
      return keys;
    },
    fetch: (origin) => pooledFetch(() => services().need("http"), origin),
  };
}

function logOf({ logLevel: least = "info" }: AppOptions, { logFile: file }: Paths): LogFile {
  return openLogFile({ file, least, wall: systemClock.wall });
}

/** What the socket of a chat tells of servers, and where each of them is configured. */
function controlOf(paths: Paths, mcp: McpService, services: () => Registry<Services>) {
  return {
    folder: runFolder(paths.stateFolder),
    servers: () => mcp.opened()?.host,
    sourceOf: (server: string) =>
      services().current("config")?.current().sources[keyPath(["mcp", "servers", server])],
  };
}

/** Aborted once the root supervisor has given up. */
function failureOfRoot(hub: EventHub): AbortSignal {
  const failed = new AbortController();
  hub.on((event) => {
    if (event.type === "intensity_exceeded" && event.path === ROOT) failed.abort(gaveUp(event.id));
  });
  return failed.signal;
}

function loader({ world, configFile, overrides }: AppOptions, paths: Paths): () => Promise<Loaded> {
  return () =>
    loadConfiguration({
      paths,
      cwd: world.cwd,
      env: world.env,
      knownProviders: async () => Object.keys((await import("../llm/presets.ts")).PRESETS),
      ...(configFile !== undefined && { configFile }),
      ...(overrides && { overrides }),
    });
}

type Surroundings = AppOptions & Pick<Wiring, "intensity" | "listener" | "paths">;

function ownModels(options: Surroundings, services: () => Registry<Services>): ModelsService {
  const { world, notify, intensity, listener, paths, inference } = options;
  return modelsService({
    notify,
    intensity,
    listener,
    cacheFolder: paths.cacheFolder,
    command: inference ?? selfCommand(HOST_ARGUMENT),
    env: world.env,
    tracker: world.groups,
    config: () => services().need("config"),
    start: () => services().need("models"),
  });
}

/** What happens is written down: all of it in the log, what went wrong in the store too. */
function observe(hub: EventHub, log: LogFile, store: () => Store | undefined): void {
  hub.on(logEvents(log));
  hub.on(storeEvents(() => store()?.kept.events));
}

/** What answers a server, and who we are to a remote one, is loaded for the first of them. */
function answering(options: AppOptions, asking: Asking, app: () => App): Prepare {
  return loadedOnce(async () => (await import("./counterpart.ts")).answersOf(options, asking, app));
}

/** What was loaded already serves the first call. */
function once<T>(first: T, load: () => Promise<T>): () => Promise<T> {
  let ready: T | undefined = first;
  return async () => {
    const value = ready ?? (await load());
    ready = undefined;
    return value;
  };
}

const ROOT = "mcpchat";

interface Wiring extends AppOptions {
  paths: Paths;
  load: () => Promise<Loaded>;
  listener: Listener;
  intensity: Intensity;
  mcp: McpService;
  models: ChildSpec;
  control: ControlOptions;
}

function definitions(wiring: Wiring, services: () => Registry<Services>): Definitions<Services> {
  const { notify, watch, load, paths, listener, intensity, mcp, models, control, storeless } = wiring;
  const store = (): Store => services().current("store") ?? unavailable("store");
  return {
    config: { needs: [], spec: configService({ load, notify, watch }) },
    store: { needs: [], spec: storeService({ file: paths.databaseFile }) },
    session: { needs: storeless ? [] : ["store"], spec: sessionService({ store, notify }) },
    alias: { needs: [], spec: aliasService({ file: paths.aliasFile, notify }) },
    http: { needs: [], spec: httpSpec(intensity, listener) },
    circuits: { needs: [], spec: circuitsService() },
    mcp: { needs: [], spec: mcp.spec },
    models: { needs: [], spec: models },
    control: { needs: [], spec: controlService(control) },
    chat: { needs: [], spec: chatService() },
  };
}

/** For the moment between a service's end and its next incarnation; whoever can wait uses `need`. */
function unavailable(name: string): never {
  throw new UserError(`the service ${name} is being restarted`, "restarting", ExitCode.bug, "try again");
}

function gaveUp(id: string): UserError {
  return new UserError(`the service ${id} crashed too often, mcpchat gives up`, "gave_up", ExitCode.bug);
}
