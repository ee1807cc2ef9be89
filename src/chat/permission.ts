/**
 * Whether a tool may be called. Deny wins over allow; `--yes` allows what nothing denies; the read-only tools of a
 * server that the user trusts need no question. Everything else is asked on a terminal and denied without one.
 */
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
  const pattern = glob.includes("/") ? glob : `*/${glob}`;
  // A server's tool name may hold a slash of its own, which `*` would stop at.
  const flat = (text: string) => text.replaceAll("/", "\u0001");
  const slash = pattern.indexOf("/");
  const matches = (part: string, text: string) => new Bun.Glob(flat(part)).match(flat(text));
  return matches(pattern.slice(0, slash), tool.server) && matches(pattern.slice(slash + 1), tool.name);
}
