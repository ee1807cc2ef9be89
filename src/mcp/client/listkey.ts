import type { ServerConfig } from "./port.ts";

/**
 * The key of a server's tool list in the cache: what decides which tools it has. Filters and limits do not, and the
 * environment, which may hold secrets, goes in as a hash only.
 */
export function toolListKey(config: ServerConfig): string {
  const env = Object.entries(config.env).sort(([one], [other]) => (one < other ? -1 : 1));
  const identity = JSON.stringify([config.command, config.args, config.cwd ?? null, env]);
  return new Bun.CryptoHasher("sha256").update(identity).digest("hex");
}

/** Whether a server has to be started again to run under the new configuration. */
export function needsRestart(running: ServerConfig, wanted: ServerConfig): boolean {
  if (toolListKey(running) !== toolListKey(wanted)) return true;
  return running.restart !== wanted.restart || running.connectTimeoutMs !== wanted.connectTimeoutMs;
}
