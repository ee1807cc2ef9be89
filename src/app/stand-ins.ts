/** The models that may answer in place of the chosen one, as everybody reads them. Pure. */
import type { Configuration } from "../config/configuration.ts";

/**
 * Their names as `PROVIDER/MODEL` or paths, each once, without the chosen one's. Aliases stand for their models already
 * (config/model-aliases.ts).
 */
export function standIns({ fallback }: Pick<Configuration, "fallback">, chosen: string): string[] {
  return [...new Set(fallback.map((name) => name.trim()))].filter((name) => name !== chosen);
}
