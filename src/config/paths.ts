/**
 * Where mcpchat keeps its files: the XDG base directories on Linux and macOS, the application data folders on
 * Windows. Pure: the environment and the platform are arguments.
 */
import path from "node:path";
import { ConfigurationError } from "../lib/errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Paths {
  configFolder: string;
  configFile: string;
  aliasFile: string;
  dataFolder: string;
  databaseFile: string;
  /** The list of folders whose project files the user trusts. */
  trustFile: string;
  /** Keys of providers, or which of them the keychain has. */
  keysFile: string;
  cacheFolder: string;
  stateFolder: string;
  logFile: string;
}

/** Throws ConfigurationError when the environment names no home folder and one is needed. */
export function pathsFor(env: Environment, platform: NodeJS.Platform): Paths {
  return platform === "win32" ? windowsPaths(env) : xdgPaths(env);
}

function xdgPaths(env: Environment): Paths {
  // The specification says that a relative path in these variables is to be ignored.
  const folder = (variable: string, fallback: string) => {
    const value = env[variable];
    const base = value?.startsWith("/") ? value : path.posix.join(homeFolder(env, variable), fallback);
    return path.posix.join(base, "mcpchat");
  };
  return assemble(path.posix, {
    config: folder("XDG_CONFIG_HOME", ".config"),
    data: folder("XDG_DATA_HOME", ".local/share"),
    cache: folder("XDG_CACHE_HOME", ".cache"),
    state: folder("XDG_STATE_HOME", ".local/state"),
  });
}

function homeFolder(env: Environment, variable: string): string {
  if (env.HOME?.startsWith("/")) return env.HOME;
  const what = env.HOME ? `HOME is not an absolute path (${env.HOME})` : "HOME is not set";
  throw new ConfigurationError(what, `set HOME, or ${variable}, to an absolute path`);
}

function windowsPaths(env: Environment): Paths {
  const roaming = applicationData(env, "APPDATA", "Roaming");
  const local = path.win32.join(applicationData(env, "LOCALAPPDATA", "Local"), "mcpchat");
  return assemble(path.win32, {
    config: path.win32.join(roaming, "mcpchat"),
    data: path.win32.join(local, "data"),
    cache: path.win32.join(local, "cache"),
    state: path.win32.join(local, "state"),
  });
}

function applicationData(env: Environment, variable: string, folder: string): string {
  const value = env[variable];
  if (value && path.win32.isAbsolute(value)) return value;
  if (env.USERPROFILE) return path.win32.join(env.USERPROFILE, "AppData", folder);
  throw new ConfigurationError(`${variable} is not set`, `set ${variable} or USERPROFILE`);
}

function assemble(
  system: typeof path.posix,
  folders: { config: string; data: string; cache: string; state: string },
): Paths {
  return {
    configFolder: folders.config,
    configFile: system.join(folders.config, "config.toml"),
    aliasFile: system.join(folders.config, "aliases.toml"),
    dataFolder: folders.data,
    databaseFile: system.join(folders.data, "mcpchat.db"),
    trustFile: system.join(folders.data, "trusted.json"),
    keysFile: system.join(folders.data, "keys.json"),
    cacheFolder: folders.cache,
    stateFolder: folders.state,
    logFile: system.join(folders.state, "log"),
  };
}

/** Where models lie: the folder that the configuration names, or `models` in the data folder. */
export function modelsFolderOf(
  { folder }: { readonly folder?: string },
  { dataFolder }: Pick<Paths, "dataFolder">,
  env: Environment,
): string {
  return folder === undefined ? path.join(dataFolder, "models") : fromHome(folder, env);
}

/** A path as a shell reads it: `~/` is the user's home folder, where there is one. */
export function fromHome(written: string, env: Environment): string {
  const home = env.HOME || env.USERPROFILE;
  return home && /^~[\\/]/.test(written) ? path.join(home, written.slice(2)) : written;
}
