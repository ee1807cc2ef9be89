// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the configuration.
/** Variables as other programs write them in their files of servers, written as this configuration wants them. Pure. */
import type { RawServer } from "./schema.ts";

export interface Rewritten {
  server: RawServer;
  /** Why it cannot be written here. */
  problem?: string;
  notes: string[];
}

/** `${env:X}`, `${input:x}`, `${workspaceFolder}`, `${X}` and `${X:-default}`; or what only begins like one. */
const REFERENCE = /\$\{(?:(env|input|config|command):)?([^}:$]*)(:-[^}]*)?\}|\$\{/g;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Rewrites every text of a server. `folder` is what `${workspaceFolder}` stands for. */
export function rewriteVariables(server: RawServer, folder?: string): Rewritten {
  const notes = new Set<string>();
  const problems: string[] = [];
  const rewrite = (text: string): string =>
    text.replace(REFERENCE, (match, kind?: string, name?: string, fallback = "") => {
      const found = name === undefined ? "$${" : variable({ match, kind, name, fallback }, folder, notes);
      if (found === undefined) problems.push(`it has ${match}, which means nothing here`);
      return found ?? match;
    });
  const rewritten = everyText(server, rewrite);
  const [problem] = problems;
  return { server: rewritten, ...(problem !== undefined && { problem }), notes: [...notes] };
}

interface Reference {
  match: string;
  kind: string | undefined;
  name: string;
  fallback: string;
}

function variable(
  { match, kind, name, fallback }: Reference,
  folder: string | undefined,
  notes: Set<string>,
): string | undefined {
  if (kind === "input") {
    const asked = name
      .replaceAll(/[^A-Za-z0-9]+/g, "_")
      .replace(/^(?=\d)/, "_")
      .toUpperCase();
    notes.add(`${match} is asked for there; set the variable ${asked} instead`);
    return `\${${asked}}`;
  }
  if (kind !== undefined && kind !== "env") return undefined;
  if (kind === undefined && (name === "workspaceFolder" || name === "workspaceRoot")) {
    return folder?.replaceAll("${", "$${");
  }
  if (kind === undefined && name === "userHome") return "${HOME}";
  if (kind === undefined && (name === "pathSeparator" || name === "/")) return "/";
  if (!VARIABLE.test(name)) return undefined;
  // Programs that write `${env:X}` take an unset variable for an empty text.
  return `\${${name}${fallback}}`;
}

function everyText(server: RawServer, rewrite: (text: string) => string): RawServer {
  const table = (texts: Record<string, string>) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, rewrite(text)]));
  return {
    ...server,
    ...(server.command !== undefined && { command: rewrite(server.command) }),
    ...(server.args && { args: server.args.map(rewrite) }),
    ...(server.env && { env: table(server.env) }),
    ...(server.cwd !== undefined && { cwd: rewrite(server.cwd) }),
    ...(server.url !== undefined && { url: rewrite(server.url) }),
    ...(server.headers && { headers: table(server.headers) }),
  };
}
