/**
 * Whether a tool may be called. Deny wins over allow; `--yes` allows what nothing denies; the read-only tools of a
 * server that the user trusts need no question. Everything else is asked on a terminal and denied without one.
 */
import { matchesGlob } from "../lib/glob.ts";
import type { CatalogueTool } from "../mcp/client/port.ts";

export interface PermissionRules {
  /** Globs over `server/tool`; one without a slash is about the tool's name on any server. */
  allow: readonly string[];
  deny: readonly string[];
  /** `--yes`: whatever is not denied is allowed. */
  yes: boolean;
}

export type Verdict = "allow" | "deny" | "ask";

type Named = Pick<CatalogueTool, "server" | "name" | "annotations">;

export function judge(tool: Named, rules: PermissionRules, trusted: boolean): Verdict {
  if (rules.deny.some((glob) => matchesTool(glob, tool))) return "deny";
  if (rules.yes || rules.allow.some((glob) => matchesTool(glob, tool))) return "allow";
  return trusted && tool.annotations.readOnlyHint === true ? "allow" : "ask";
}

export function matchesTool(glob: string, tool: Pick<CatalogueTool, "server" | "name">): boolean {
  const slash = glob.indexOf("/");
  // A server's name has no slash; a tool's name may have one.
  if (slash !== -1 && !matchesGlob(glob.slice(0, slash), tool.server)) return false;
  return matchesGlob(glob.slice(slash + 1), tool.name);
}
