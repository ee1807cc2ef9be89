/**
 * The composition root: which services there are, what each needs, and how they are wired. Services start when they
 * are first needed; a command that never talks to a model never opens a pool.
 */

import { type Aliases, aliasService } from "../alias/service.ts";
import { type ChatService, chatService } from "../chat/service.ts";
import { loadConfiguration } from "../config/load.ts";
import { type Paths, pathsFor } from "../config/paths.ts";
import type { RawConfiguration } from "../config/schema.ts";
import type { ConfigService } from "../config/service.ts";
import { configService } from "../config/service.ts";
import { ExitCode, UserError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { version } from "../lib/version.ts";
import { createMcp, type Mcp } from "../mcp/client/tree.ts";
import type { Conversation, Store } from "../session/port.ts";
import { sessionService } from "../session/service.ts";
import { storeService } from "../session/store-service.ts";
import type { Intensity, Listener, SupervisionEvent } from "../supervisor/spec.ts";
import { startSupervisor } from "../supervisor/start.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { httpSpec, pooledFetch } from "./http.ts";
import { type Definitions, Registry } from "./registry.ts";
import { toolListCache } from "./servers.ts";
import type { World } from "./world.ts";

export interface Services {
  config: ConfigService;
  alias: Aliases;
  store: Store;
  session: Conversation;
  http: Supervisor;
  mcp: Supervisor;
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
  /** True when nothing is kept of a run that begins a conversation of its own: it needs no database. */
  storeless?: boolean;
}

export interface App {
  readonly root: Supervisor;
  readonly paths: Paths;
  readonly services: Registry<Services>;
  /** Aborted by a signal to the process, and when the root supervisor has given up. */
  readonly signal: AbortSignal;
  readonly watches: boolean;
  readonly storeless: boolean;
  readonly mcp: Mcp;
  readonly notify: Notify;
  /** A `fetch` through the pool of an origin. */
  fetch(origin: string): typeof fetch;
  stop(): Promise<void>;
}

/** Starts the tree with its configuration loaded. Throws ConfigurationError. */
export async function startApp(options: AppOptions): Promise<App> {
  const { world } = options;
  const paths = pathsFor(world.env, process.platform);
  const load = () =>
    loadConfiguration({
      paths,
      cwd: world.cwd,
      env: world.env,
      ...(options.configFile !== undefined && { configFile: options.configFile }),
      ...(options.overrides && { overrides: options.overrides }),
    });
  const first = await load();
  let services: Registry<Services> | undefined;
  const failed = new AbortController();
  const listener = (event: SupervisionEvent) => {
    services?.notice(event);
    if (event.type === "intensity_exceeded" && event.path === ROOT) failed.abort(gaveUp(event.id));
  };
  const intensity = first.configuration.supervisor;
  const root = await startSupervisor(ROOT, { intensity, listener });
  const current = (): Registry<Services> => services ?? unavailable("registry");
  const { notify } = options;
  const mcp = createMcp([], {
    intensity,
    listener,
    notify,
    clientInfo: { name: "mcpchat", version },
    tracker: world.groups,
    cache: toolListCache(() => current().current("store")),
  });
  const wiring = { ...options, paths, load: once(first, load), listener, mcp, intensity };
  services = new Registry<Services>(root, definitions(wiring, current));
  await services.need("config");
  return {
    root,
    paths,
    services,
    mcp,
    notify,
    watches: options.watch,
    storeless: options.storeless ?? false,
    signal: AbortSignal.any([world.signal, failed.signal]),
    fetch: (origin) => pooledFetch(() => current().need("http"), origin),
    stop: () => root.stop(),
  };
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
  load: () => ReturnType<typeof loadConfiguration>;
  listener: Listener;
  intensity: Intensity;
  mcp: Mcp;
}

function definitions(wiring: Wiring, services: () => Registry<Services>): Definitions<Services> {
  const { notify, watch, load, paths, listener, intensity, mcp, storeless } = wiring;
  const store = (): Store => services().current("store") ?? unavailable("store");
  return {
    config: { needs: [], spec: configService({ load, notify, watch }) },
    store: { needs: [], spec: storeService({ file: paths.databaseFile }) },
    session: { needs: storeless ? [] : ["store"], spec: sessionService({ store, notify }) },
    alias: { needs: [], spec: aliasService({ file: paths.aliasFile, notify }) },
    http: { needs: [], spec: httpSpec(intensity, listener) },
    mcp: { needs: [], spec: mcp.spec },
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
