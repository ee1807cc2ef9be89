import type { ServerConfig } from "../config.ts";

/**
 * The key of a server's tool list in the cache: what decides which tools it has. Filters and limits do not, and the
 * environment and headers, which may hold secrets, go in as a hash only.
 */
export function toolListKey(config: ServerConfig): string {
  return hashOf(partsOf(config, sorted));
}

/**
 * What the user came to trust, or not: the program or the address. Of the environment and headers only the names: a
 * token that is another one each day makes no other server, whose tools would be taken as they are once more.
 */
export function identityKey(config: ServerConfig): string {
  return hashOf(partsOf(config, (record) => Object.keys(record).sort()));
}

function hashOf(parts: unknown[]): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(parts)).digest("hex");
}

type Table = Readonly<Record<string, string>>;

function partsOf(config: ServerConfig, part: (record: Table) => unknown): unknown[] {
  if (config.transport === "stdio") {
    return [config.command, config.args, config.cwd ?? null, part(config.env)];
  }
  return [config.transport, config.url, part(config.headers), config.oauth.clientId ?? null];
}

function sorted(record: Table): [string, string][] {
  return Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Whether a server has to be started again to run under the new configuration. */
export function needsRestart(running: ServerConfig, wanted: ServerConfig): boolean {
  if (toolListKey(running) !== toolListKey(wanted)) return true;
  if (running.restart !== wanted.restart || running.connectTimeoutMs !== wanted.connectTimeoutMs) return true;
  return sessionKey(running) !== sessionKey(wanted);
}

/** What a server is told, or how we show ourselves, at the beginning of a session; of its roots it hears when they change. */
function sessionKey(config: ServerConfig): string {
  const oauth = config.transport === "stdio" ? null : config.oauth;
  return JSON.stringify([config.logLevel ?? null, config.sampling, oauth]);
}
