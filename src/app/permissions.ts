/** Permission for a tool call: rules first, then a question where there is somebody to ask. */
import { judge, type PermissionRules } from "../chat/permission.ts";
import type { Approve, Permission } from "../chat/ports.ts";
import type { Configuration } from "../config/configuration.ts";
import type { JsonObject } from "../lib/conversation.ts";
import type { CatalogueTool } from "../mcp/client/port.ts";
import type { Decisions, Verdict } from "../session/port.ts";

/** What the command line says about tools. */
export interface ToolFlags {
  allow: readonly string[];
  deny: readonly string[];
  yes: boolean;
}

/** What a person said when they were asked. */
export type Answer = "once" | "session" | "always" | "never" | "no";
export type Ask = (tool: CatalogueTool, args: JsonObject, signal: AbortSignal) => Promise<Answer>;

export interface ApproveOptions {
  configuration: () => Configuration;
  flags: ToolFlags;
  /** Answers that hold beyond this run; undefined while there is no store. */
  decisions: () => Decisions | undefined;
  /** Absent where there is nobody to ask, as in a pipeline. */
  ask?: Ask;
}

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

/**
 * Judges by the rules, then by what the user answered before, then by asking. Without `ask` what nothing allows is
 * denied, and the reason says how to allow it.
 */
export function approveBy({ configuration, flags, decisions, ask }: ApproveOptions): Approve {
  // "Always" and "never" too, for when there is no store.
  const thisSession = new Map<string, Verdict>();
  return async (tool, args, signal) => {
    const current = configuration();
    const trusted = current.mcp.servers.some(
      ({ name, trusted: isTrusted }) => name === tool.server && isTrusted,
    );
    const verdict = judge(tool, rulesOf(current, flags), trusted);
    if (verdict === "allow") return ALLOWED;
    if (verdict === "deny") return { allowed: false, reason: "a deny rule forbids it" };
    const decided = thisSession.get(tool.qualifiedName) ?? decisions()?.get(tool);
    if (decided === "deny") return { allowed: false, reason: "the user said never" };
    if (decided === "allow") return ALLOWED;
    if (ask) return settle(await ask(tool, args, signal), tool, { decisions: decisions(), thisSession });
    return {
      allowed: false,
      reason: `nothing allows it; use --allow '${tool.server}/${tool.name}' or --yes`,
    };
  };
}

const ALLOWED: Permission = { allowed: true };

function settle(
  answer: Answer,
  tool: CatalogueTool,
  { decisions, thisSession }: { decisions: Decisions | undefined; thisSession: Map<string, Verdict> },
): Permission {
  if (answer === "no") return { allowed: false, reason: "the user said no" };
  if (answer === "once") return ALLOWED;
  const verdict = answer === "never" ? "deny" : "allow";
  thisSession.set(tool.qualifiedName, verdict);
  if (answer !== "session") decisions?.set(tool, verdict);
  return verdict === "allow" ? ALLOWED : { allowed: false, reason: "the user said never" };
}
