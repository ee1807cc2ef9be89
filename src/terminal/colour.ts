/**
 * Whether a stream gets colours. NO_COLOR (no-color.org) wins over FORCE_COLOR and CLICOLOR_FORCE, which win over what
 * the stream is connected to.
 */
import type { StreamKind } from "./stream-kind.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export function usesColour(environment: Environment, stream: StreamKind): boolean {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM } = environment;
  if (NO_COLOR) return false;
  // An empty FORCE_COLOR forces, as in Node.
  if (FORCE_COLOR !== undefined) return !["0", "false"].includes(FORCE_COLOR);
  if (CLICOLOR_FORCE && CLICOLOR_FORCE !== "0") return true;
  return stream === "terminal" && TERM !== "dumb" && CLICOLOR !== "0";
}
