/** What is said where there is nothing to list, as no server is there to be asked. */
import type { Configuration } from "../config/configuration.ts";
import { describeError, UsageError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";

/** A warning, so that it is seen without a terminal too: nothing at all could mean anything. */
export function tellNoServers(configuration: Configuration, notify: Notify): void {
  notify("warn", describeError(noServers(configuration)));
}

/** The same for who cannot go on. */
export function noServers({ mcp }: Configuration): UsageError {
  const [first] = mcp.servers;
  return first
    ? new UsageError("every MCP server is disabled", `mcpchat servers enable ${first.name}`)
    : new UsageError(
        "no MCP server is configured",
        "mcpchat servers add NAME -- COMMAND, or mcpchat servers add NAME URL",
      );
}
