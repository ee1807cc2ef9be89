/** What is said where there is nothing to list, as no server is there to be asked. */
import type { Configuration } from "../config/configuration.ts";
import type { Notify } from "../lib/notice.ts";

/** A warning, so that it is seen without a terminal too: nothing at all could mean anything. */
export function tellNoServers({ mcp }: Configuration, notify: Notify): void {
  const [first] = mcp.servers;
  const text = first
    ? `every MCP server is disabled; mcpchat servers enable ${first.name}`
    : "no MCP server is configured; mcpchat servers add NAME -- COMMAND, or mcpchat servers add NAME URL";
  notify("warn", text);
}
