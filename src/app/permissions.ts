/** Permission for a tool call: rules first, then a question where there is somebody to ask. */
import { judge, type PermissionRules } from "../chat/permission.ts";
import type { Approve, Permission } from "../chat/ports.ts";
import type { Configuration } from "../config/configuration.ts";
import type { JsonObject } from "../lib/conversation.ts";
import type { CatalogueTool } from "../mcp/client/port.ts";

/** What the command line says about tools. */
export interface ToolFlags {
  allow: readonly string[];
  deny: readonly string[];
  yes: boolean;
}

export type Ask = (tool: CatalogueTool, args: JsonObject, signal: AbortSignal) => Promise<Permission>;

/** Joins the rules of the configuration, of its servers and of the command line. */
export function rulesOf(configuration: Configuration, flags: ToolFlags): PermissionRules {
  const { servers } = configuration.mcp;
  const ofServers = (list: "allow" | "deny") =>
    servers.flatMap(({ name, tools }) => tools[list].map((glob) => `${name}/${glob}`));
  return {
    allow: [...configuration.tools.allow, ...ofServers("allow"), ...flags.allow],
    deny: [...configuration.tools.deny, ...ofServers("deny"), ...flags.deny],
    yes: flags.yes,
  };
}

/** Without `ask`, as in a pipeline, what no rule allows is denied, and the reason says how to allow it. */
export function approveBy(configuration: () => Configuration, flags: ToolFlags, ask?: Ask): Approve {
  return async (tool, args, signal) => {
    const current = configuration();
    const trusted = current.mcp.servers.some(
      ({ name, trusted: isTrusted }) => name === tool.server && isTrusted,
    );
    const verdict = judge(tool, rulesOf(current, flags), trusted);
    if (verdict === "allow") return { allowed: true };
    if (verdict === "deny") return { allowed: false, reason: "a deny rule forbids it" };
    if (ask) return ask(tool, args, signal);
    return {
      allowed: false,
      reason: `nothing allows it; use --allow '${tool.server}/${tool.name}' or --yes`,
    };
  };
}
